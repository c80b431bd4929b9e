package api_test

import (
	"net/http"
	"testing"
)

const posPage = "https://pos.example"

// A page of an allowed origin is let in as a browser asks for it, the private
// network included, with the token; a page of another origin is answered nothing
// that its browser would let it go on with.
func TestOrigins(t *testing.T) {
	s := newShop(t)
	s.face.Origins = []string{posPage}
	asks := func(origin, host string) answer {
		r := s.request(http.MethodOptions, "/v1/sales/s/complete", "")
		r.Header.Del("Authorization") // a browser sends none before it knows that it may
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,time-budget")
		r.Header.Set("Access-Control-Request-Private-Network", "true")
		if host != "" {
			r.Host = host
		}
		return s.send(r)
	}
	a := asks(posPage, "")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": posPage, "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
		"Access-Control-Allow-Headers":         "Authorization, Content-Type, Last-Event-ID, Time-Budget",
		"Access-Control-Allow-Private-Network": "true", "Access-Control-Max-Age": "600", "Vary": "Origin",
		"Access-Control-Allow-Credentials": "",
	} {
		if got := a.Header.Get(name); got != want || a.StatusCode != http.StatusNoContent {
			t.Errorf("%d: %s: %q, want %q", a.StatusCode, name, got, want)
		}
	}
	for _, refused := range []answer{
		asks("https://evil.example", ""), asks("null", ""), asks("https://pos.example.evil.example", ""),
		asks("http://pos.example", ""), asks(posPage, "evil.example"),
	} {
		s.problem(refused, http.StatusForbidden)
		if got := refused.Header.Get("Access-Control-Allow-Private-Network"); got != "" {
			t.Errorf("%q", got)
		}
	}
	call := func(origin, bearer string) answer {
		r := s.request(http.MethodPost, "/v1/sales/s/complete", sale(""))
		r.Header.Set("Origin", origin)
		r.Header.Set("Authorization", "Bearer "+bearer)
		return s.send(r)
	}
	s.problem(call("https://evil.example", token), http.StatusForbidden)
	if a := call(posPage, "other"); a.Header.Get("Access-Control-Allow-Origin") != posPage {
		t.Error("the page may not read why it was refused")
	} else {
		s.problem(a, http.StatusUnauthorized)
	}
	if len(s.sales()) != 0 {
		t.Fatal("sold")
	}
	if a := call(posPage, token); a.StatusCode != http.StatusOK || a.Header.Get("Access-Control-Allow-Origin") != posPage || a.Header.Get("Vary") != "Origin" {
		t.Errorf("%d: %v", a.StatusCode, a.Header)
	}
}
