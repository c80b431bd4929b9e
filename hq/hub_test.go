package hq_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A hub that a restored headquarters has forgotten comes back as the hub that it was,
// by a hub's code alone, and a till as the till that it was.
func TestHubEnrolledAgain(t *testing.T) {
	w := newWorld(t)
	backup := w.backup()
	a, hub := w.newTill("lane 1"), w.newHub()
	w.restore(backup)
	again := func(t *till, secret string) (wire.Enrolled, error) {
		return t.enrollAs(wire.Enrollment{
			Code: secret, PublicKey: t.key.Public().(ed25519.PublicKey),
			Again: &wire.Again{Terminal: t.Terminal, LookupKey: t.LookupKey, Hub: t.Hub},
		})
	}
	tills, err := w.hq.IssueCode(t.Context(), "0001", "lane 1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	hubs, err := w.hq.IssueHubCode(t.Context(), "0001", "hub", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again(hub, tills); code(err) != wire.CodeInvalid {
		t.Errorf("a hub with a till's code: %v", err)
	}
	if _, err := again(a, hubs); code(err) != wire.CodeInvalid {
		t.Errorf("a till with a hub's code: %v", err)
	}
	if now, err := again(hub, hubs); err != nil || now.Terminal != hub.Terminal || !now.Hub {
		t.Errorf("the hub is taken in as %+v, %v", now, err)
	}
	if now, err := again(a, tills); err != nil || now.Terminal != a.Terminal || now.Hub {
		t.Errorf("the till is taken in as %+v, %v", now, err)
	}
}
