package hq_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A page is signed over its hash for who asks for that, and else over all of it: a
// till of the release before knows no other signature.
func TestPageSignedOverItsHash(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	at.addMember(ayse, "")
	at.push()
	w.work()
	whole := signatureOf(t, at, "")
	hashed := signatureOf(t, at, "&"+wire.SumParam+"=1")
	if strings.HasPrefix(whole, "sum:") || !strings.HasPrefix(hashed, "sum:") {
		t.Errorf("signed %q, and where the hash was asked for %q", whole, hashed)
	}
}

// signatureOf has a till ask for its feed, checks who answered, and returns how.
func signatureOf(t *testing.T, at *till, more string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, at.url+wire.FeedPath+"?cursor=0.0"+more, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := wire.Authorize(r, nil, at.Terminal, at.Chain, at.key, at.now())
	if err != nil {
		t.Fatal(err)
	}
	response, err := at.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	message, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", response.StatusCode, message)
	}
	if err == nil {
		err = wire.CheckAnswer(response.Header, at.hq.PublicKey(), nonce, response.StatusCode, message)
	}
	if err != nil {
		t.Fatal(err)
	}
	return response.Header.Get("Loyaltyd-Signature")
}
