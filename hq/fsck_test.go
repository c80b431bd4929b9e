package hq_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func (w *world) fsck() audit.Checked {
	w.Helper()
	checked, err := w.hq.Fsck(w.Context(), nil)
	if err != nil {
		w.Fatal(err)
	}
	return checked
}

// forge rewrites what was decided in a ledger, with all hashes behind it, and has
// the projections follow: as one would who can write the database and knows how.
func (w *world) forge(of ledger.AccountID, was, is string) {
	w.Helper()
	forged := false
	w.rewrite(of, func(decided []byte) []byte {
		if forged || !bytes.Contains(decided, []byte(was)) {
			return decided
		}
		forged = true
		return bytes.ReplaceAll(decided, []byte(was), []byte(is))
	})
	if !forged {
		w.Fatalf("no row has %s", was)
	}
	w.rebuild()
}

// rewrite writes the rows of a ledger anew, and the chain over them.
func (w *world) rewrite(of ledger.AccountID, change func(decided []byte) []byte) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	rows, err := db.Query(`SELECT decided FROM ledger WHERE account = $1 ORDER BY n`, of)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	var all [][]byte
	for rows.Next() {
		var decided []byte
		if err := rows.Scan(&decided); err != nil {
			w.Fatal(err)
		}
		all = append(all, decided)
	}
	rows.Close()
	var head ledger.Hash
	for i, decided := range all {
		decided = change(decided)
		head = ledger.LedgerLink(of, uint64(i+1), head, ledger.HashOf(decided))
		if _, err := db.Exec(`UPDATE ledger SET decided = $1, hash = $2 WHERE account = $3 AND n = $4`, decided, head, of, i+1); err != nil {
			w.Fatal(err)
		}
	}
}

// A decision that somebody wrote anew, with its chain and its sums, is whole to
// Verify; Fsck decides it again and tells which row it is.
func TestFsckFindsForgeries(t *testing.T) {
	for name, c := range map[string]struct{ was, is, want string }{
		"earned more":    {`"amount":1000`, `"amount":1001`, "moves"},
		"another time":   {`"effective_ms":`, `"effective_ms":1`, "effective_ms"},
		"taken for lost": {`"verdict":"posted"`, `"verdict":"loss_funded"`, "verdict"},
		"from other lot": {`"reclaim_at_ms":`, `"reclaim_at_ms":1`, "grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, subject := served(t, 1000)
			account, _ := subject.Account()
			w.clean()
			w.forge(account, c.was, c.is)
			checked := w.fsck()
			if !slices.ContainsFunc(checked.Findings, func(f audit.Finding) bool {
				return strings.HasPrefix(f.What, "decided again it ") && strings.Contains(f.What, c.want)
			}) {
				t.Errorf("found %v, want what differs in %s", checked.Findings, c.want)
			}
		})
	}
}

// Rows that an earlier release decided by other rules are counted and not decided
// again.
func TestFsckOfEarlierRules(t *testing.T) {
	w, _, subject := served(t, 1000)
	account, _ := subject.Account()
	before := w.fsck()
	w.forge(account, `"rules":8`, `"rules":7`)
	checked := w.fsck()
	if checked.Earlier != 1 || checked.Decided != before.Decided-1 || len(checked.Findings) > 0 {
		t.Errorf("before %+v, and then %+v", before, checked)
	}
}

// What has one side and not the other is told: transfers, claims, keys of sales.
func TestFsckPairs(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"claim gone":      {`DELETE FROM claim_entry WHERE account NOT LIKE 'sale:%'`, "or by nobody"},
		"claim made up":   {`INSERT INTO claim_entry (entry, body_hash, account) SELECT '00000000-0000-7000-8000-000000000000', body_hash, account FROM claim_entry LIMIT 1`, "does not stand there"},
		"key is another":  {`UPDATE claim_sale SET entry = '00000000-0000-7000-8000-000000000000'`, "had to be first"},
		"under way again": {`INSERT INTO handover (account, entry, to_account) SELECT account, entry, account FROM ledger WHERE n = 1 LIMIT 1`, "did not leave"},
		"arrival's side":  {`DELETE FROM ledger WHERE entry IN (SELECT entry FROM own_entry WHERE account IN (SELECT account FROM forward)) AND account IN (SELECT account FROM forward)`, "had not left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := mergedPair(t)
			w.clean()
			w.sql(c.query)
			checked := w.fsck()
			if !slices.ContainsFunc(checked.Findings, func(f audit.Finding) bool { return strings.Contains(f.What, c.want) }) {
				t.Errorf("found %v, want one with %q", checked.Findings, c.want)
			}
		})
	}
}

// mergedPair is a headquarters where two accounts became one.
func mergedPair(t *testing.T) *world {
	p := newPair(t, starter(t))
	p.b.earn(p.his, 700)
	p.b.sync()
	p.merge()
	p.work()
	return p.world
}

// What waits is counted and no finding.
func TestFsckCounts(t *testing.T) {
	w, a, subject := served(t, 1000)
	a.appendBody([]byte(`{}`), nil, nil)
	a.elsewhere(a, selling(subject, "S-never"), ledger.ReturnedLine{Line: 0})
	a.sync()
	a.earn(subject, 5)
	a.push()
	checked := w.fsck()
	if checked.Quarantined != 1 || checked.Parked != 1 || checked.Unprojected != 1 || len(checked.Findings) > 0 {
		t.Errorf("%+v", checked)
	}
}

// A ledger that has more rows than are read at once is looked through to its last row, and
// so are those before and behind it.
func TestFsckOfLongLedgers(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a := w.newTill("lane 1")
	var all []ledger.AccountID
	for i := range 5 {
		all = append(all, a.addMember(phoneNumber(i), ""))
	}
	slices.SortFunc(all, func(a, b ledger.AccountID) int { return bytes.Compare(a[:], b[:]) })
	const rows = 1200
	for n := range rows {
		a.earn(ledger.SubjectOf(all[2]), 5)
		if n%300 == 0 {
			for _, of := range all {
				a.earn(ledger.SubjectOf(of), 7)
			}
			a.sync()
		}
	}
	a.sync()
	w.clean()
	if checked := w.fsck(); checked.Rows < rows {
		t.Errorf("looked at %d rows", checked.Rows)
	}
	if found := w.differences(); len(found) > 0 {
		t.Errorf("compared: %v", found)
	}
	for _, c := range []struct {
		of ledger.AccountID
		n  int
	}{{all[0], 2}, {all[2], 499}, {all[2], 500}, {all[2], 501}, {all[2], 1000}, {all[2], 1100}, {all[4], 3}} {
		w.sql(`UPDATE ledger SET verdict = 'held' WHERE account = $1 AND n = $2`, c.of, c.n)
		where := fmt.Sprintf("ledger of %s, row %d", c.of, c.n)
		for name, found := range map[string][]audit.Finding{"verify": w.verify(), "fsck": w.fsck().Findings} {
			if len(found) != 1 || found[0].Where != where {
				t.Errorf("%s: found %v, want one of %s", name, found, where)
			}
		}
		w.sql(`UPDATE ledger SET verdict = 'posted' WHERE account = $1 AND n = $2`, c.of, c.n)
	}
	w.sql(`UPDATE balance SET available = available + 1 WHERE account = $1`, all[2])
	if found := w.rebuild(); len(found) != 1 {
		t.Errorf("rebuilt: %v", found)
	}
	w.clean()
}

// A cell that is damaged beside one row is told of that row, and hides nothing of what
// stands behind it.
func TestFsckGoesOnBehindDamage(t *testing.T) {
	for name, c := range map[string]struct {
		damage string
		rows   int // it stands beside
	}{
		"where it was written first": {`UPDATE intake SET orig_terminal = 'nobody', orig_epoch = 1, orig_branch = branch, orig_seq = 1 WHERE seq = 2`, 1},
		"whether it was held":        {`UPDATE intake SET held = 7 WHERE seq = 3`, 1},
		"who has the sale":           {`UPDATE claim_sale SET entry = 'nobody'`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.newTill("lane 1")
			her := a.addMember(ayse, "Ayşe")
			for range 3 {
				a.earn(ledger.SubjectOf(her), 100)
			}
			a.sync()
			w.sql(`UPDATE ledger SET verdict = 'held' WHERE account = $1 AND n = 4`, her)
			w.sql(c.damage)
			beside, columns := 0, 0
			for _, f := range w.fsck().Findings {
				switch {
				case strings.Contains(f.What, "stands beside it cannot be read"):
					beside++
				case strings.Contains(f.What, "its columns"):
					columns++
				default:
					t.Errorf("found %s", f)
				}
			}
			if beside != c.rows || columns != 1 {
				t.Errorf("found %d rows beside which something is damaged, want %d, and %d of columns, want 1", beside, c.rows, columns)
			}
		})
	}
}

// A row of a ledger that cannot be read ends the look, and whoever looks is told of which
// ledger it is, among many that are read together.
func TestFsckNamesTheLedger(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	bad := a.addMember(ayse, "Ayşe")
	a.addMember(mehmet, "Mehmet")
	a.sync()
	w.sql(`UPDATE ledger SET hash = zeroblob(1) WHERE account = $1`, bad.String())
	want := "ledger of " + bad.String()
	for name, look := range map[string]func() error{
		"fsck":   func() error { _, err := w.hq.Fsck(t.Context(), nil); return err },
		"verify": func() error { _, err := w.hq.Verify(t.Context(), nil); return err },
	} {
		if err := look(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
