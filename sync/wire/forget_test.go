package wire_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A batch without one of its attachments is still the one that was sealed, with an
// empty line where that was; what is not asked for stays.
func TestForgottenAttachment(t *testing.T) {
	bodies := [][]byte{[]byte(`{"v":1}`), []byte(`{"v":2}`)}
	message := encode(t, bodies, [][]byte{[]byte("hers"), []byte("his")})
	hers := func(sum ledger.Hash) bool { return sum == ledger.HashOf([]byte("hers")) }
	left, err := wire.Forget(message, hers)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := wire.DecodeBatch(left, public(keyOf(1)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{{}, []byte("his")}, batch.Attachments); diff != "" {
		t.Errorf("attachments: %s", diff)
	}
	if diff := cmp.Diff(bodies, batch.Bodies); diff != "" {
		t.Errorf("bodies: %s", diff)
	}
	if diff := cmp.Diff(bodies, wire.BodiesOf(left)); diff != "" {
		t.Errorf("bodies read alone: %s", diff)
	}
	again, err := wire.Forget(left, hers)
	if err != nil || !bytes.Equal(again, left) {
		t.Errorf("forgotten once more: %q, %v", again, err)
	}
	if _, err := wire.Forget(left[:len(left)/2], hers); err == nil {
		t.Error("half a batch was read")
	}
}
