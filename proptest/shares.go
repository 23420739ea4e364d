package proptest

// sharesPerBound is how finely shares of a bound are counted: in steps of half a percent.
const sharesPerBound = 200

// Shares counts times as shares of the bound that they have to keep. Those of different runs can be added up, and take no
// more space however many they are. The last count is of times that reach or exceed the bound.
type Shares [sharesPerBound + 1]uint64

func (s *Shares) add(share float64) {
	s[min(int(share*sharesPerBound), sharesPerBound)]++
}

// Add adds other counts.
func (s *Shares) Add(o *Shares) {
	for i, n := range o {
		s[i] += n
	}
}

// Count is the number of times counted.
func (s *Shares) Count() (n uint64) {
	for _, count := range s {
		n += count
	}
	return n
}

// Quantile returns a share that this part of all times, from 0 to 1, does not exceed: the upper end of its step. It is 0
// where nothing was counted.
func (s *Shares) Quantile(part float64) float64 {
	rank, below := part*float64(s.Count()), uint64(0)
	for i, count := range s {
		below += count
		if count > 0 && float64(below) >= rank {
			return float64(i+1) / sharesPerBound
		}
	}
	return 0
}
