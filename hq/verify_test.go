package hq_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Verify finds whatever was changed behind headquarters' back.
func TestTampered(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"balance":         {`UPDATE balance SET available = available + 1`, "its rows make"},
		"balance deleted": {`DELETE FROM balance`, "is gone"},
		"balance made up": {`INSERT INTO balance VALUES ('1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b', 'starter', 'points', 5, 0, 0, '', '[]')`, "from nowhere"},
		"lot":             {`UPDATE lot SET expires_at_ms = 1`, "lot"},
		"lot deleted":     {`DELETE FROM lot`, "lot"},
		"right":           {`UPDATE account_right SET spent = spent - 1`, "right"},
		"right's lots":    {`UPDATE account_right_lot SET rest = rest + 1`, "right"},
		"decision":        {`UPDATE ledger SET decided = CAST(replace(CAST(decided AS TEXT), '1000', '9000') AS BLOB) WHERE n = 2`, "chain breaks"},
		"verdict":         {`UPDATE ledger SET verdict = 'held' WHERE n = 2`, "columns"},
		"last row":        {`DELETE FROM ledger WHERE n = (SELECT max(n) FROM ledger)`, "account: n is"},
		"grant":           {`UPDATE own_entry SET body = CAST(replace(CAST(body AS TEXT), '500', '900') AS BLOB)`, "not the one decided on"},
		"entry":           {`UPDATE intake SET body = CAST(replace(CAST(body AS TEXT), '1000', '9000') AS BLOB) WHERE seq = 2`, "not the one that came"},
		"entry and hash":  {`UPDATE intake SET body_hash = zeroblob(32) WHERE seq = 2`, "not the one"},
		"entry deleted":   {`DELETE FROM intake WHERE seq = 2`, "missing"},
		"last entry":      {`DELETE FROM intake WHERE seq = (SELECT max(seq) FROM intake)`, "ends at"},
		"link":            {`UPDATE intake SET link = zeroblob(32) WHERE seq = 3`, "chain breaks"},
		"seal":            {`UPDATE seal SET signature = zeroblob(64)`, "seal"},
		"skipped":         {`DELETE FROM ledger WHERE account LIKE 'sale:%'`, "account: n is"},
		"return":          {`DELETE FROM sale_return`, "is gone"},
		"return made up":  {`INSERT INTO sale_return SELECT account, sale, n - 1 FROM sale_return`, "from nowhere"},
		"state":           {`UPDATE member_state SET state = CAST(replace(CAST(state AS TEXT), '"rows"', '"visits":9,"rows"') AS BLOB)`, "memory of program starter: state"},
		"state deleted":   {`DELETE FROM member_state`, "memory of program starter is gone"},
		"parked":          {`DELETE FROM parked`, "stands in no ledger"},
		"lost key":        {`DELETE FROM duplicate_sale`, "lost its key"},
		"quarantine":      {`DELETE FROM quarantine`, "not in quarantine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, a, subject := served(t, 1000)
			a.spend(subject, a.theRight().ID, 100)
			a.earn(ledger.SaleSubject(newEntryID()), 1)
			a.appendBody([]byte(`{}`), nil, nil)
			sale := a.sell(subject, "S-verify")
			a.sell(subject, "S-verify")
			a.elsewhere(a, sale, ledger.ReturnedLine{Line: 1})
			a.elsewhere(a, selling(subject, "S-never"), ledger.ReturnedLine{Line: 1})
			a.sync()
			w.clean()
			w.sql(c.query)
			found := w.verify()
			if !slices.ContainsFunc(found, func(f audit.Finding) bool { return strings.Contains(f.What, c.want) }) {
				t.Errorf("found %v, want one with %q", found, c.want)
			}
		})
	}
}

// A look beside the running headquarters sees what it has and changes nothing.
func TestReadOnly(t *testing.T) {
	w, _, _ := served(t, 1000)
	look, err := hq.OpenReadOnly(t.Context(), hq.Options{Dir: w.dir, Database: w.database, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	m, err := look.MemberByPhone(t.Context(), ayse)
	if err != nil || len(m.Balances) != 1 || m.Balances[0].Available != 500 || len(m.Rights) != 1 {
		t.Errorf("member %+v, %v", m, err)
	}
	if found, err := look.Verify(t.Context(), nil); err != nil || len(found) > 0 {
		t.Errorf("verify: %v, %v", found, err)
	}
	terminals, err := look.Terminals(t.Context())
	if err != nil || len(terminals) != 1 || terminals[0].Exposure != 500 || terminals[0].Seq != 2 {
		t.Errorf("terminals %+v, %v", terminals, err)
	}
	if s, err := look.Status(t.Context()); err != nil || s.Entries != 2 || s.Accounts != 1 || s.Exposure != 500 {
		t.Errorf("status %+v, %v", s, err)
	}
}

// A headquarters that was stopped between an identifier's claim and its
// person, which are two commits, is whole.
func TestVerifyBetweenClaimAndPerson(t *testing.T) {
	w, a, _ := served(t, 1000)
	account := a.addMember("+905320000002", "")
	enroll, err := ledger.Decode(a.lines[len(a.lines)-1].body)
	if err != nil {
		t.Fatal(err)
	}
	a.push()
	const claim = `INSERT INTO claim_identifier (hash, account, entry) VALUES ($1, $2, $3)`
	w.sql(claim, []byte("her keyed hash 1"), account, enroll.ID)
	w.clean()
	w.sql(claim, []byte("her keyed hash 2"), newAccountID(), newEntryID())
	if found := w.verify(); len(found) != 1 {
		t.Errorf("found %v, want the claim that nobody made", found)
	}
}
