package hq_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// fillDisk leaves room for some more bytes in the longer of the database's files, and for
// none beyond, until it is freed.
func (w *world) fillDisk(left uint64) (free func()) {
	w.Helper()
	var longest int64
	for _, name := range []string{"hq.db", "hq.db-wal"} {
		info, err := os.Stat(filepath.Join(w.dir, name))
		if err != nil {
			w.Fatal(err)
		}
		longest = max(longest, info.Size())
	}
	return testkit.FillDisk(w, uint64(longest)+left)
}

// Where its disk is full a headquarters on SQLite takes nothing in, says that it is busy,
// and goes on to answer what it only reads. Wherever in a batch or a round the disk
// filled, once there is room it goes on unaided, and each sale counts once.
func TestFullDisk(t *testing.T) {
	if testkit.Alone(t) {
		return
	}
	w := &world{TB: t}
	w.found()
	at := w.newTill("lane 1")
	member := at.addMember(ayse, "Ayşe")
	at.sync()
	refused, unworked := 0, 0
	var want ledger.Points
	for n := range uint64(24) {
		free := w.fillDisk(n * 6 << 10)
		for range 3 {
			at.earn(ledger.SubjectOf(member), 100)
			want += 100
		}
		message := at.batch(at.acked, len(at.lines))
		for range 2 {
			ack, err := at.send(message)
			switch {
			case err == nil:
				at.token, at.acked = ack.Token, int(ack.UpTo.Seq)
			case isBusy(err):
				refused++
			default:
				t.Errorf("with %d KiB left: %v", n*6, err)
			}
		}
		if err := w.hq.Work(t.Context()); err != nil {
			if unworked++; !errors.Is(err, database.ErrStorage) {
				t.Errorf("with %d KiB left, work: %v", n*6, err)
			}
		}
		if _, err := at.feed(0); err != nil {
			t.Errorf("with %d KiB left, the feed: %v", n*6, err)
		}
		w.member(ayse)
		free()
		if at.acked < len(at.lines) {
			if err := at.deliver(); err != nil {
				t.Fatalf("with room again: %v", err)
			}
		}
		if err := w.hq.Work(t.Context()); errors.Is(err, database.ErrStorage) { // it finds the database as it was left
			w.work()
		} else if err != nil {
			t.Fatal(err)
		}
		if b := w.balance(ayse); b.Available+b.Escrowed != want {
			t.Fatalf("after %d KiB were left she has %+v, want %d", n*6, b, want)
		}
	}
	if refused == 0 || unworked == 0 {
		t.Errorf("refused %d batches, and %d rounds: the disk was never full", refused, unworked)
	}
	t.Logf("refused %d batches and %d rounds", refused, unworked)
	at.pull()
	w.clean()
	w.restart()
	w.clean()
}
