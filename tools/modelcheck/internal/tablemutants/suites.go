package tablemutants

import "time"

// suite is a package whose tests judge mutants, and which of its tests those are. All of them hold the compiled core, or
// the elector around it, against what it has to do; none compares the table with itself, with a recording or with counts.
type suite struct {
	pkg string
	why string
	// only names the tests that judge; where it is empty, all do but those in except, which gives the reasons.
	only   map[string]string
	except map[string]string
	args   []string
	// timed suites run in real time or start goroutines, so that their failure counts only if it happens again.
	timed bool
	// limit is after how long the tests are said to hang; 0 for the usual limit.
	limit time.Duration
}

// suites are the tests that judge, those first that kill most for their time. The generated test of gen/lifecycle is
// not among them: it is generated from the mutant, and agrees with it.
var suites = []suite{
	{
		pkg: "fsm/core",
		why: "each test is one rule for one participant",
		except: map[string]string{
			"TestTranscript":                        "compares with a recording, in which any change shows, also one that does no harm",
			"TestTheCoreIsPure":                     "reads source files, not behaviour",
			"TestTheLifecycleIsPure":                "reads source files, not behaviour",
			"TestTheCheckOfPuritySeesWhatIsNotPure": "reads source files, not behaviour",
		},
	},
	{
		pkg: "proptest",
		why: "the rules of safety in worlds where everything goes wrong",
		only: map[string]string{
			"TestSimulation":                        "all checks of the simulation, on a fixed number of seeds",
			"TestLostWakeUpsCostTimeAndNothingElse": "the same without wake-ups",
			"TestCore":                              "one core against any sequence of inputs",
			"TestANoticeAfterItsSubscriptionEndedInTheSameStep": "a fault that was found once",
			"TestALateAnswerUnderAnOldFenceIsNoFaultOfTheStore": "a fault that was found once",
			"TestANewAttemptUnderItsOwnOldFence":                "a fault that was found once",
		},
		args: []string{"-test.short", "-seeds=600", "-rapid.checks=10000", "-rapid.seed=1", "-rapid.shrinktime=1ms", "-rapid.nofailfile"},
	},
	{
		pkg: "fsm",
		why: "what callers of an elector are promised",
		except: map[string]string{
			"TestAnElectorInMemoryNeedsTheStandardLibraryAndLooplabOnly": "is about imports",
			"TestTheCheckOfDependenciesSeesOthers":                       "is about imports",
			"TestEachPackageImportsOnlyWhatIsBelowIt":                    "is about imports",
			"TestACancelledContextDoesNotWedgeTheMachine":                "is about looplab/fsm, and takes rows of the table as examples",
			"TestATransitionToTheSameStateIsASuccess":                    "is about looplab/fsm, and takes rows of the table as examples",
			"TestNoPairStandsTwiceInTheDescription":                      "compares generated files",
			"TestTheMachineHasNoCallbacksThatCouldBeMisspeltOrCancel":    "is about looplab/fsm, and takes rows of the table as examples",
			"TestAForbiddenEventIsATypedErrorAndChangesNothing":          "is about looplab/fsm, and takes rows of the table as examples",
			"TestAnElectorWhoseCoreAndMachineDisagreeLeadsNoLonger":      "makes the two disagree by hand",
			"TestLookingAllocatesNothing":                                "is about allocations",
		},
		timed: true,
	},
	{pkg: "gen/elector", why: "the examples that the documentation shows", timed: true},
}
