// Package redistest runs real Redis processes for tests, and puts a proxy in front of them that does to single commands
// what networks do: delay, lose, double, cut.
//
//	func TestAReplyThatIsLost(t *testing.T) {
//		server := redistest.Start(t)
//		proxy := redistest.StartProxy(t, server.Addr())
//		lost := proxy.On(redistest.Command("EVALSHA").Times(1), redistest.SwallowReply())
//		client := redis.NewClient(&redis.Options{Addr: proxy.Addr()})
//		// ... the next script runs on the server, and the client never hears of it.
//		lost.Await(1)
//	}
//
// [Start] gives one server, [StartSentinel] a primary with replicas and the sentinels that watch them, [StartCluster] a
// cluster of three masters. All need redis-server on the PATH, see [Need]. They bind to 127.0.0.1 only, work in a
// directory of the test's own, and end with the test, also with one that is killed (on Linux). Their log is shown when the
// test fails.
//
// Whatever is said to be awaited is awaited by looking again until it holds, and fails the test if it does not within
// a minute. A method that fails the test calls the FailNow of the [testing.TB] that it was given, or of the
// one that started its server, so it belongs into that test's goroutine; all else may be called from any goroutine.
package redistest
