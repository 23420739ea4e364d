// Package sqlguard guards what stands in a database, by one UPDATE in the transaction that writes. It needs
// database/sql and the driver of your choice, and nothing else.
//
// A table keeps the highest token of each resource. [Guard.Admit] raises it, on the condition that it admits the
// token:
//
//	UPDATE tenure_fences SET fence = ?, incarnation = ?, writes = writes + 1
//	WHERE resource = ? AND (fence < ? OR (fence = ? AND incarnation = ?))
//
// That is check and write in one step, by the means that databases have for it. The UPDATE locks the row until the
// transaction ends, so an old leader and a new one that write at once are put in an order; the second to come waits, and
// is then compared with what the first has committed. All else that the transaction writes is committed with the token,
// or not at all.
//
// # Rules for its use
//
//   - Create the table with [Guard.DDL], where you keep your migrations, and call [Guard.Prepare] for each resource when
//     the program starts.
//   - Call [Guard.Admit] first in the transaction. What is read after it is what the earlier leaders left, and it cannot
//     change any more.
//   - If it fails, roll back.
//   - A leader that is paused between Admit and Commit keeps the row locked, and the next leader waits for it. Let the
//     database end transactions that idle (PostgreSQL: idle_in_transaction_session_timeout), and begin them with a
//     context that ends.
//   - At the isolation levels above READ COMMITTED a database may end the one that waited with a serialization failure.
//     That is no refusal: the transaction is to be repeated, and is then admitted or refused.
//
// # Databases
//
// The columns resource and incarnation must compare byte by byte, folding no case and dropping no blanks. As DDL makes
// them they do so in PostgreSQL and SQLite, on which this package is tested; elsewhere it may take another type or
// collation. The column writes counts what was admitted. Through it each admitted UPDATE changes its row, also one of the
// same tenure, so that a database which counts the rows changed, and not the rows found, counts it too.
//
// # Without a table of its own
//
// Where all that is protected is one row, the token can stand in it, and one UPDATE does everything, without a
// transaction:
//
//	UPDATE reports SET body = ?, fence = ?, incarnation = ?
//	WHERE name = ? AND (fence < ? OR (fence = ? AND incarnation = ?))
//
// No row affected says that the write was refused, or that the row is missing. The example "ownRow" has the rest.
package sqlguard
