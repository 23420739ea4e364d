// Package fences has no code but tests: those of stores/fencing/sqlguard on real databases, SQLite and PostgreSQL.
package fences
