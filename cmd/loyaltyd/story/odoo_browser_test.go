package story_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A browser lets the page of an allowed origin reach the till, keeps in its own storage
// what was not heard, and counts it once; the page of a stranger has no answer.
func TestTillFromAPage(t *testing.T) {
	files := http.FileServer(http.Dir(filepath.Join(odooAddon, "static/src")))
	site, stranger := httptest.NewServer(files), httptest.NewServer(files)
	defer site.Close()
	defer stranger.Close()
	config := shop.Config(testkit.Private(t))
	config.API.AllowedOrigins = []string{site.URL}
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	token, err := os.ReadFile(filepath.Join(config.DataDir, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	sold := func(page, till, sale string) string {
		t.Helper()
		b.open(page)
		return ask[string](b, fmt.Sprintf(`(async () => {
			const { Till } = await import("/till.js");
			const till = new Till({ url: %q, token: %q, timeout: 20000 });
			const first = await till.complete(%q, { business_day_date: %q, currency_code: "TRY",
				line_items: [{ extended_amount: 2849 }], member: { phone: %q } }).catch(() => null);
			const kept = till.waiting().length;
			await till.retry();
			return [first ? "answered" : "silent", kept, till.waiting().length, till.refused().length].join(" ");
		})()`, till, strings.TrimSpace(string(token)), sale, shop.Ago(0), shop.Ayse))
	}
	way := losesFirst(t, till.Address())
	if got := sold(site.URL, way, "S-1"); got != "silent 1 0 0" {
		t.Errorf("the first answer is lost: %s", got)
	}
	if got := sold(site.URL, way, "S-2"); got != "answered 0 0 0" {
		t.Errorf("nothing is lost: %s", got)
	}
	if got := sold(stranger.URL, "http://"+till.Address(), "S-3"); got != "silent 1 1 0" {
		t.Errorf("a stranger: %s", got)
	}
	shop.Awaits(t, config.DataDir, 2*28, 0)
}
