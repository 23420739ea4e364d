// Package redisurl makes a client of Redis from a URL, and keeps passwords out of what is printed.
//
//	redis://user:password@host:6379/0                            one server
//	rediss://host:6379                                           the same over TLS
//	unix:///run/redis.sock?db=1                                  a socket
//	redis://host:26379?master_name=main&addr=other:26379         Sentinel: the address is that of a sentinel, and so is the login;
//	                                                             that of the server stands in username= and password=
//	redis://host:6379?addr=other:6379                            a Cluster; cluster=true where one address is enough
//
// Special characters of a password are percent-encoded. Other parameters are those of go-redis, such as pool_size.
package redisurl

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores/redis"
)

// Default is the URL where none is given.
const Default = "redis://localhost:6379"

// Error says what is wrong with a URL, and never a password.
type Error struct{ Reason string }

func (e *Error) Error() string { return "invalid URL of Redis: " + e.Reason }

// Parse returns the options of the client that a URL asks for. The error is an *[Error].
func Parse(text string) (*goredis.UniversalOptions, error) {
	u, err := url.Parse(text)
	if err != nil { // It may quote a part of a password.
		return nil, &Error{"it cannot be parsed; special characters of a password are percent-encoded"}
	}
	if strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, &Error{"an @ stands behind the address; special characters of a password are percent-encoded"}
	}
	options, err := parse(u)
	if err != nil {
		return nil, &Error{withoutSecrets(strings.TrimPrefix(err.Error(), "redis: "), u)}
	}
	return options, nil
}

// parse lets go-redis read the URL, by the parser for the kind of client that it asks for.
func parse(u *url.URL) (*goredis.UniversalOptions, error) {
	options := &goredis.UniversalOptions{}
	query := u.Query()
	asCluster := query.Get("cluster")
	query.Del("cluster")
	plain := *u
	plain.RawQuery = query.Encode()
	switch {
	case query.Has("master_name"):
		parsed, err := goredis.ParseFailoverURL(plain.String())
		if err != nil {
			return nil, err
		}
		options.Addrs = parsed.SentinelAddrs
		return options, adopt(options, *parsed)
	case asCluster != "" || query.Has("addr"):
		if wanted, err := strconv.ParseBool(asCluster); asCluster != "" && (err != nil || !wanted) {
			return nil, errors.New("cluster is true, or is left out")
		}
		parsed, err := goredis.ParseClusterURL(plain.String())
		if err != nil {
			return nil, err
		}
		options.IsClusterMode = true
		return options, adopt(options, *parsed)
	default:
		parsed, err := goredis.ParseURL(plain.String())
		if err != nil {
			return nil, err
		}
		options.Addrs = []string{parsed.Addr}
		return options, adopt(options, *parsed)
	}
}

// adopt copies what was parsed, field by field, and refuses what the options have no field for.
func adopt(options *goredis.UniversalOptions, parsed any) error {
	from, to := reflect.ValueOf(parsed), reflect.ValueOf(options).Elem()
	for i := range from.NumField() {
		field := from.Type().Field(i)
		if !field.IsExported() || from.Field(i).IsZero() || placed[field.Name] {
			continue
		}
		target := to.FieldByName(field.Name)
		if !target.IsValid() || target.Type() != field.Type {
			return errors.New("the setting " + field.Name + " is not supported here")
		}
		target.Set(from.Field(i))
	}
	return nil
}

// placed are the fields that have another name among the options of all clients, or follow from the address.
var placed = map[string]bool{"Addr": true, "SentinelAddrs": true, "Network": true}

// Client returns a client for leases. What the URL does not say of time is bounded by the time for one call.
func Client(text string, timeout time.Duration) (goredis.UniversalClient, error) {
	options, err := Parse(text)
	if err != nil {
		return nil, err
	}
	for _, limit := range []*time.Duration{&options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout} {
		if *limit == 0 {
			*limit = timeout
		}
	}
	if options.DialerRetries == 0 {
		options.DialerRetries = 1
	}
	options.DisableIdentity = true // It would need a permission of its own.
	goredis.SetLogger(silent{})
	return goredis.NewUniversalClient(redis.ForLeases(*options)), nil
}

// silent is a logger of the client that says nothing.
type silent struct{}

// Printf implements the client's logger.
func (silent) Printf(context.Context, string, ...any) {}

// hidden stands where a password was.
const hidden = "***"

var (
	inAddress = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:)[^\s"]*@`)
	inQuery   = regexp.MustCompile(`([?&;](?:[a-z]+_)?password=)[^\s"&;]*`)
)

// Redact hides the passwords of all URLs in a text.
func Redact(text string) string {
	return inQuery.ReplaceAllString(inAddress.ReplaceAllString(text, "${1}"+hidden+"@"), "${1}"+hidden)
}

// HasPassword tells whether a text holds a URL with a password.
func HasPassword(text string) bool { return Redact(text) != text }

// withoutSecrets hides what is secret in a URL wherever a text repeats it.
func withoutSecrets(text string, u *url.URL) string {
	secrets := u.Query()["password"]
	if password, given := u.User.Password(); given {
		secrets = append(secrets, password)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	return Redact(text)
}
