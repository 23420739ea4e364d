package locks

import "testing"

// measure runs step, with its allocations.
func measure(b *testing.B, step func() error) {
	b.Helper()
	if err := step(); err != nil { // the first loads scripts
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
}

// Ping is the floor: a round trip that does nothing.
func BenchmarkPing(b *testing.B) {
	client, _ := contenders(b)
	ctx := bounded(b)
	measure(b, func() error { return client.Ping(ctx).Err() })
}

func BenchmarkRenew(b *testing.B) {
	_, all := contenders(b)
	for _, c := range all {
		b.Run(c.name, func(b *testing.B) { measure(b, c.renew(bounded(b), b)) })
	}
}

func BenchmarkAcquireAndRelease(b *testing.B) {
	_, all := contenders(b)
	for _, c := range all {
		b.Run(c.name, func(b *testing.B) { measure(b, c.cycle(bounded(b), b)) })
	}
}
