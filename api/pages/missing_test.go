package pages_test

import (
	"net/http"
	"strings"
	"testing"
)

// astray asks as a browser does that shows what it gets.
func (s *shop) astray(method, path string) answer {
	s.t.Helper()
	r := s.request(method, path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return s.send(r)
}

// At a mistyped address a browser gets a page that leads back, in its language, and a
// program a problem; what stands there with another method is said by either.
func TestMistyped(t *testing.T) {
	s := newShop(t)
	for _, path := range []string{"/chekout", "/checkout/nothing", "/store/", "/v1/nothing", "/index.html"} {
		a := s.astray(http.MethodGet, path)
		a.wants(t, http.StatusNotFound, "No such page", `href="/checkout"`, `href="/store"`)
		if a.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	for _, path := range []string{"//evil.example/x?lang=tr", "/nothing?lang=tr"} {
		if a := s.astray(http.MethodGet, path); strings.Contains(a.Header.Get("Location"), "evil") || strings.Contains(a.body, "evil") {
			t.Errorf("%s leads to %q", path, a.Header.Get("Location"))
		}
	}
	s.get("/checkout?lang=tr").wants(t, http.StatusSeeOther)
	s.astray(http.MethodGet, "/chekout").wants(t, http.StatusNotFound, "Böyle bir sayfa yok")

	a := s.astray(http.MethodGet, "/logout")
	a.wants(t, http.StatusMethodNotAllowed, "formun")
	if got := a.Header.Get("Allow"); got != "POST" {
		t.Errorf("allowed: %q", got)
	}
	s.get("/checkout?lang=en").wants(t, http.StatusSeeOther)
	for _, c := range []struct{ method, path, allow, hint string }{
		{http.MethodDelete, "/v1/members", "POST", "only takes what a form"}, {http.MethodGet, "/v1/members/lookup", "POST", "only takes what a form"},
		{http.MethodPut, "/docs", "GET, HEAD", "only looked at"}, {http.MethodPost, "/checkout", "GET, HEAD", "only looked at"},
	} {
		a := s.astray(c.method, c.path)
		a.wants(t, http.StatusMethodNotAllowed, "Not in this way", c.hint)
		if got := a.Header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: allowed: %q", c.method, c.path, got)
		}
	}
	if a := s.get("/favicon.ico"); a.Header.Get("Location") != "/assets/icon.svg" {
		t.Errorf("the icon: %s, %q", a.Status, a.Header.Get("Location"))
	}
	program := s.request(http.MethodPut, "/checkout", nil)
	program.Header.Set("Authorization", "Bearer secret-token")
	a = s.send(program)
	a.wants(t, http.StatusMethodNotAllowed, "wrong-method")
	if got := a.Header.Get("Allow"); got != "GET, HEAD" || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("allowed: %q, as %s", got, a.Header.Get("Content-Type"))
	}
	r := s.request(http.MethodGet, "/nothing", nil)
	s.send(r).wants(t, http.StatusUnauthorized, "no-token")
	r.Host = "evil.example"
	r.Header.Set("Accept", "text/html")
	s.send(r).wants(t, http.StatusForbidden, "unknown-host")
}
