package redisurl

import (
	"crypto/tls"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores/redis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "Open-Sesame"

func TestParse(t *testing.T) {
	for text, want := range map[string]goredis.UniversalOptions{
		Default: {Addrs: []string{"localhost:6379"}},
		"redis://app:" + secret + "@host:7000/3?pool_size=5&client_name=me": {
			Addrs: []string{"host:7000"}, DB: 3, Username: "app", Password: secret, PoolSize: 5, ClientName: "me",
		},
		"rediss://host": {Addrs: []string{"host:6379"}, TLSConfig: &tls.Config{ServerName: "host", MinVersion: tls.VersionTLS12}},
		"unix://:" + secret + "@/run/redis.sock?db=2":   {Addrs: []string{"/run/redis.sock"}, DB: 2, Password: secret},
		"redis://one:7000?addr=two:7001":                {Addrs: []string{"one:7000", "two:7001"}, IsClusterMode: true},
		"redis://one:7000?cluster=true&read_timeout=2s": {Addrs: []string{"one:7000"}, IsClusterMode: true, ReadTimeout: 2 * time.Second},
		"redis://:p%40ss%2F@host":                       {Addrs: []string{"host:6379"}, Password: "p@ss/"},
		"redis://s:" + secret + "@one:1/4?master_name=main&addr=two:2&username=app&password=pw&conn_max_idle_time=1m": {
			Addrs: []string{"one:1", "two:2"}, MasterName: "main", SentinelUsername: "s", SentinelPassword: secret, DB: 4,
			Username: "app", Password: "pw", ConnMaxIdleTime: time.Minute,
		},
	} {
		got, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, *got, text)
	}
}

func TestBadURLs(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                    "invalid URL scheme",
		"localhost:6379":                                      "invalid URL scheme",
		"http://u:" + secret + "@host":                        "invalid URL scheme: http",
		"redis://u:" + secret + "@host/x":                     "invalid database number",
		"redis://u:" + secret + "@h/" + secret:                `invalid database number: "***"`,
		"redis://u:" + secret + "@host?pool=5":                "unexpected option: pool",
		"redis://u:" + secret + "/Sesame@host":                "percent-encoded",
		"redis://u:12/" + secret + "@host":                    "an @ stands behind the address",
		"redis://u:12?" + secret + "@host":                    "an @ stands behind the address",
		"redis://u:12#" + secret + "@host":                    "an @ stands behind the address",
		"redis://u:" + secret + "%zz@host":                    "percent-encoded",
		"redis://:" + secret + "@h?cluster=no":                "cluster is true",
		"redis://:" + secret + "@h?cluster=false":             "cluster is true",
		"redis://h?master_name=m&password=" + secret + "&x=1": "unexpected option: x",
		"redis://h?addr=" + "two":                             "unable to parse addr",
		"redis://h?master_name=m&use_disconnected_replicas=1": "UseDisconnectedReplicas is not supported",
		"redis://h?password=" + secret:                        "unexpected option: password",
	} {
		_, err := Parse(text)
		var typed *Error
		require.ErrorAs(t, err, &typed, text)
		require.Contains(t, err.Error(), want)
		require.NotContains(t, err.Error(), secret)
		_, err = Client(text, time.Second)
		require.ErrorAs(t, err, &typed, text)
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"nothing":                                                  "nothing",
		"redis://host:6379/0":                                      "redis://host:6379/0",
		"redis://user@host":                                        "redis://user@host",
		"redis://u:" + secret + "@host":                            "redis://u:***@host",
		"redis://:" + secret + "@host":                             "redis://:***@host",
		"at rediss://u:a@b:c/d?e@h/1, and so":                      "at rediss://u:***@h/1, and so",
		`"redis://u:a@h" "unix://:b@/s?db=1"`:                      `"redis://u:***@h" "unix://:***@/s?db=1"`,
		"redis://h?master_name=m&password=" + secret + "&addr=x:1": "redis://h?master_name=m&password=***&addr=x:1",
		"redis://h?sentinel_password=" + secret:                    "redis://h?sentinel_password=***",
	} {
		require.Equal(t, want, Redact(text))
		require.Equal(t, want != text, HasPassword(text))
		require.False(t, HasPassword(want), "what is hidden is no password")
	}
}

// Each kind of client is one that a store takes.
func TestClientsAreForLeases(t *testing.T) {
	for text, want := range map[string]goredis.UniversalClient{
		Default:                              &goredis.Client{},
		"unix:///run/redis.sock":             &goredis.Client{},
		"rediss://host?max_retries=3":        &goredis.Client{},
		"redis://one:7000?cluster=1":         &goredis.ClusterClient{},
		"redis://one:7000?master_name=main":  &goredis.Client{},
		"redis://one:1?addr=a:2&read_only=1": &goredis.ClusterClient{},
	} {
		client, err := Client(text, time.Second)
		require.NoError(t, err, text)
		require.IsType(t, want, client)
		_, err = redis.New(client, redis.Options{})
		require.NoError(t, err, text)
		if single, ok := client.(*goredis.Client); ok && text == "unix:///run/redis.sock" {
			require.Equal(t, "unix", single.Options().Network)
			require.Equal(t, time.Second, single.Options().ReadTimeout)
		}
		require.NoError(t, client.Close())
	}
}
