package proptest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Kill is what the checks found of one planted fault.
type Kill struct {
	Planted *Planted
	// First is the first seed in which each check was broken, 0 if none was; Runs is how many broke it.
	First [CheckCount]uint64
	Runs  [CheckCount]int
}

// Kills runs that many seeds from 1 on with each of the planted faults, on all cores, and up to ten times as many with a
// fault that its check has not found by then.
func Kills(planted []*Planted, seeds int) []Kill {
	kills := make([]Kill, len(planted))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				kills[i] = kill(planted[i], seeds)
			}
		})
	}
	for i := range planted {
		next <- i
	}
	close(next)
	workers.Wait()
	return kills
}

func kill(planted *Planted, seeds int) Kill {
	k := Kill{Planted: planted}
	for seed := uint64(1); k.goesOn(seed, uint64(seeds)); seed++ {
		_, violations := Simulate(Options{Seed: seed, Planted: planted, KeepGoing: true})
		for _, v := range violations {
			if k.First[v.Check] == 0 {
				k.First[v.Check] = seed
			}
			k.Runs[v.Check]++
		}
	}
	return k
}

// FirstKill returns the first seed, up to a limit, whose run breaks the check that must find a planted fault; 0 if none
// does.
func FirstKill(planted *Planted, limit uint64) uint64 {
	for seed := uint64(1); seed <= limit; seed++ {
		_, violations := Simulate(Options{Seed: seed, Planted: planted, KeepGoing: true})
		if slices.ContainsFunc(violations, func(v *Violation) bool { return v.Check == planted.Check }) {
			return seed
		}
	}
	return 0
}

// goesOn tells whether a seed is still to be run: so many for every fault, and for one that its check has not found by
// then, up to ten times as many.
func (k *Kill) goesOn(seed, seeds uint64) bool {
	return seed <= seeds || k.First[k.Planted.Check] == 0 && seed <= 10*seeds
}

// String is the kill in one line: the fault, its check, and the first seed that broke it.
func (k *Kill) String() string {
	check := k.Planted.Check
	return fmt.Sprintf("%-30s %-20s %4d", k.Planted.Name, check, k.First[check])
}

// Others says which other checks were broken, each with the first seed.
func (k *Kill) Others() string {
	var others []string
	for check := range Check(CheckCount) {
		if k.First[check] != 0 && check != k.Planted.Check {
			others = append(others, fmt.Sprintf("%s:%d", check, k.First[check]))
		}
	}
	return strings.Join(others, " ")
}
