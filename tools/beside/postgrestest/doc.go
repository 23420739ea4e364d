// Package postgrestest runs a real PostgreSQL server for a test: on a free port of 127.0.0.1, in a directory of its own,
// and no longer than the test.
package postgrestest
