package redis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis"
)

// Here each answer is made by a double. Those that a real server can be brought to give are in server_test.go.
func TestWhatAServerAnswersInPlaceOfALeaseIsTyped(t *testing.T) {
	for answer, class := range map[string]error{
		"READONLY You can't write against a read only replica.":                                                   redis.ErrReadOnly,
		"LOADING Redis is loading the dataset in memory":                                                          redis.ErrLoading,
		"OOM command not allowed when used memory > 'maxmemory'.":                                                 redis.ErrOutOfMemory,
		"NOREPLICAS Not enough good replicas to write.":                                                           redis.ErrNoReplicas,
		"MISCONF Redis is configured to save RDB snapshots, but cannot.":                                          redis.ErrNotPersisting,
		"NOSCRIPT No matching script. Please use EVAL.":                                                           redis.ErrNoScript,
		"BUSY Redis is busy running a script.":                                                                    redis.ErrBusy,
		"MOVED 3999 127.0.0.1:6381":                                                                               redis.ErrMoved,
		"ASK 3999 127.0.0.1:6381":                                                                                 redis.ErrMoved,
		"TRYAGAIN Multiple keys request during rehashing of slot":                                                 redis.ErrMoved,
		"CLUSTERDOWN The cluster is down":                                                                         redis.ErrMoved,
		"CROSSSLOT Keys in request don't hash to the same slot":                                                   redis.ErrMoved,
		"NOPERM this user has no permissions to run the 'evalsha' command":                                        redis.ErrNoPermission,
		"NOAUTH Authentication required.":                                                                         redis.ErrNoPermission,
		"WRONGPASS invalid username-password pair or user is disabled.":                                           redis.ErrNoPermission,
		"ERR The user executing the script can't run this command or subcommand script: f0e1, on @user_script:1.": redis.ErrNoPermission,
		"ERR something else":                                                                                      nil,
		"NEWCODE of a later version":                                                                              nil,
		"CORRUPT what a script would say":                                                                         redis.ErrCorrupt,
		"SETTLING 5":                                                                                              redis.ErrSettling,
		"FENCECLAIM not a number":                                                                                 nil,
		"ERR max number of clients reached":                                                                       nil,
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                       nil,
	} {
		t.Run(answer, func(t *testing.T) {
			server := newDouble(t)
			store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
			server.SetError(answer)
			for call, err := range every(t, store) {
				require.Error(t, err, call)
				if class != nil {
					require.ErrorIs(t, err, class, call)
					continue
				}
				var typed *redis.ServerError
				require.ErrorAs(t, err, &typed, call)
				require.Contains(t, err.Error(), answer, call)
			}
		})
	}
}
