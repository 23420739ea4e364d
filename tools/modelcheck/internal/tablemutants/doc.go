// Package tablemutants plants faults in the lifecycle table and asks who notices.
//
// The table is the one source of the code, the model and the documents, so a fault in it is in all of them, and they
// agree with each other. What stands against that are three judges, asked in this order, since each costs more than the
// one before:
//
//	validator  package spec refuses the table; milliseconds
//	tests      the Go generated from the table is compiled into the core, and a test of behaviour fails; seconds
//	model      the TLA+ generated from the table breaks a property under TLC; seconds to minutes
//
// A mutant is the table with one change: see [Kind]. They follow from the table, row by row, so a new row has its mutants
// without anybody writing one. A judge that could not do its work (the code does not compile, TLC cannot read the module)
// has killed nothing: that is an error of the campaign.
//
// What no judge kills stands in survivors.yaml, each with the reason why it is no fault, or why nothing here can see it.
// A survivor without a reason fails the campaign, and so does a reason whose mutant is killed or does not exist.
// sample.yaml lists mutants with the judge that must kill each, as many as can be judged on every change; the validator
// judges all of them on every change.
package tablemutants
