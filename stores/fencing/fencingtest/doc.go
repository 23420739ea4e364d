// Package fencingtest holds a guarded resource to the rule of package fencing. Every guard of this module runs it, and
// so can what guards your own resource:
//
//	func TestMyResource(t *testing.T) {
//		fencingtest.Run(t, fencingtest.Harness{
//			New: func(t testing.TB) fencingtest.Resource { return newGuardedLog(t) },
//		})
//	}
//
// Each subtest is named after what it checks: late writers, tokens that differ in one byte or beyond the precision of a
// float, tokens that are not valid, and many writers at once. The suite itself is tested: it finds each of a number of
// planted faults, such as a check and a write in two steps.
package fencingtest
