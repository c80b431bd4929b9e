package offline_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// attacks are what another client might do to the journal, by design or by
// mistake.
var attacks = []string{
	`UPDATE journal SET body = '{}'`,
	`UPDATE journal SET n = 99 WHERE n = 1`,
	`UPDATE OR REPLACE journal SET n = 2 WHERE n = 1`,
	`DELETE FROM journal`,
	`DELETE FROM journal WHERE n = 2`,
	`INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE n = 1`,
	`INSERT OR REPLACE INTO journal SELECT 1, epoch, 1, lower(hex(randomblob(18))), kind, subject, business_day_date, at_ms, '{}', body_hash, hash, NULL FROM journal WHERE n = 2`,
	`REPLACE INTO journal SELECT 3, epoch, 3, id, kind, subject, business_day_date, at_ms, '{}', body_hash, hash, NULL FROM journal WHERE n = 2`,
	`INSERT INTO journal SELECT * FROM journal WHERE n = 1 ON CONFLICT DO UPDATE SET body = '{}'`,
	`INSERT INTO journal SELECT 9, epoch, 9, lower(hex(randomblob(18))), kind, subject, business_day_date, at_ms, '{}', body_hash, hash, NULL FROM journal WHERE n = 2`,
	`INSERT INTO journal SELECT NULL, epoch, 3, lower(hex(randomblob(18))), kind, subject, business_day_date, at_ms, '{}', body_hash, hash, NULL FROM journal WHERE n = 2`,
	`INSERT INTO journal SELECT 3, 7, 3, lower(hex(randomblob(18))), kind, subject, business_day_date, at_ms, '{}', body_hash, hash, NULL FROM journal WHERE n = 2`,
	`UPDATE epoch SET branch = x'0000000000000000'`,
	`DELETE FROM epoch`,
	`INSERT OR REPLACE INTO epoch SELECT 1, x'0000000000000000', begins, 0, 0, 0, 0 FROM epoch`,
	`INSERT OR REPLACE INTO epoch SELECT 2, branch, begins, 0, 0, 0, 0 FROM epoch`,
	`UPDATE pruned SET up_to_n = 1`,
	`DELETE FROM pruned`,
	`INSERT OR REPLACE INTO pruned (one, up_to_n) VALUES (1, 1)`,
}

// prunedAttacks are against a journal whose first bodies have gone.
var prunedAttacks = []string{
	`UPDATE journal SET body = '{"v":1}' WHERE n = 1`,
	`UPDATE journal SET body = '{}', subject = 'x' WHERE n = 1`,
	`UPDATE journal SET body = '{}', body_hash = zeroblob(32) WHERE n = 1`,
	`UPDATE OR REPLACE journal SET body = '{}', id = (SELECT id FROM journal WHERE n = 2) WHERE n = 1`,
	`UPDATE journal SET body = '{}' WHERE n = 10`,
	`DELETE FROM journal WHERE n = 1`,
	`UPDATE pruned SET up_to_n = 0`,
	`UPDATE pruned SET up_to_n = 10000`,
}

// Pruning lets nobody change anything else, nor take away what is not in a backup.
func TestPrunedJournalIsAppendOnly(t *testing.T) {
	t.Parallel()
	tl, _, _ := aged(t)
	tl.backedUp(tl.place())
	tl.prune()
	for _, attack := range prunedAttacks {
		if err := raw(t, tl.path("journal.db"), attack); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", attack, err)
		}
	}
	if n := tl.pruned(); n != 4 {
		t.Errorf("%d bodies are gone, want 4", n)
	}
}

// A body that somebody took away himself is missed.
func TestBodyTakenAway(t *testing.T) {
	t.Parallel()
	tl, _, _ := aged(t)
	tl.must("tamper", raw(t, tl.path("journal.db"), `DROP TRIGGER journal_update`, `UPDATE journal SET body = '{}' WHERE n = 2`))
	report, err := tl.Verify(t.Context(), nil)
	if err != nil || len(report.Findings) == 0 || !strings.Contains(report.Findings[0].What, "was not pruned") {
		t.Errorf("found %v, %v", report.Findings, err)
	}
}

// Nothing but appending gets past the triggers, from a client with default
// pragmas.
func TestJournalIsAppendOnly(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(t *testing.T, path, statement string) error{
		"driver":  rawClient,
		"sqlite3": commandLine,
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			ana := newAccountID()
			tl.append(tl.sale(ana, 1))
			tl.append(tl.sale(ana, 2))
			for _, attack := range attacks {
				if err := client(t, tl.path("journal.db"), attack); err == nil {
					t.Errorf("was not refused: %s", attack)
				} else if !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: refused by chance: %v", attack, err)
				}
			}
			tl.append(tl.sale(ana, 3))
			tl.clean()
		})
	}
}

func rawClient(t *testing.T, path, statement string) error {
	t.Helper()
	return raw(t, path, statement)
}

// raw runs statements as any program might.
func raw(t testing.TB, path string, statements ...string) error {
	t.Helper()
	conn, err := (&sqlite3.SQLiteDriver{}).Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range statements {
		if _, err := conn.(*sqlite3.SQLiteConn).Exec(statement, nil); err != nil {
			return err
		}
	}
	return nil
}

func commandLine(t *testing.T, path, statement string) error {
	t.Helper()
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Fatal("sqlite3 is not installed: make tools-test")
	}
	out, err := exec.Command(tool, path, statement).CombinedOutput()
	if err != nil {
		return &commandError{string(out)}
	}
	return nil
}

type commandError struct{ out string }

func (e *commandError) Error() string { return e.out }
