package api_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The page has every call, every kind of problem and every shape, needs no token
// on this machine, and loads nothing from elsewhere.
func TestDocs(t *testing.T) {
	s := newShop(t)
	open := func(path string) answer {
		t.Helper()
		r := s.request(http.MethodGet, path, "")
		r.Header.Del("Authorization")
		return s.send(r)
	}
	a := open("/docs")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d, %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	described := s.ask("GET", "/openapi.json", "").body
	for _, id := range regexp.MustCompile(`"operationId":"([^"]+)"`).FindAllStringSubmatch(described, -1) {
		if !strings.Contains(a.body, `<section id="`+id[1]+`">`) {
			t.Errorf("nothing of %s", id[1])
		}
	}
	anchors := regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(a.body, -1)
	if len(anchors) < 40 {
		t.Errorf("%d anchors", len(anchors))
	}
	for _, anchor := range anchors {
		if !strings.Contains(a.body, `id="`+anchor[1]+`"`) {
			t.Errorf("#%s leads nowhere", anchor[1])
		}
	}
	if !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("anything may be loaded")
	}
	for _, tag := range regexp.MustCompile(`<(script|style)[ >]| style="| on[a-z]+="`).FindAllString(a.body, -1) {
		t.Errorf("the policy forbids %q", tag)
	}
	for _, of := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		if asset := open(of[1]); asset.StatusCode != http.StatusOK || !strings.Contains(asset.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %s", of[1], asset.StatusCode, asset.Header.Get("Cache-Control"))
		}
	}
	for _, none := range []string{"/assets/", "/assets/none.css", "/assets/../frame.html", "/assets/%2e%2e/page.go"} {
		if got := open(none); got.StatusCode == http.StatusOK {
			t.Errorf("%s is served", none)
		}
	}
}

// The examples can be sent as they stand, whenever the page is read: to this till, with
// its token, on the store's business day.
func TestDocsOfThisTill(t *testing.T) {
	s := newShop(t)
	for _, hours := range []int{-14, 14} {
		s.Zone = time.FixedZone("", hours*60*60)
		before := s.Today(time.Now())
		text := html.UnescapeString(s.ask("GET", "/docs", "").body)
		if after := s.Today(time.Now()); after != before {
			before = after // midnight came meanwhile
			text = html.UnescapeString(s.ask("GET", "/docs", "").body)
		}
		for _, want := range []string{
			"curl -s " + s.server.URL + "/v1/sales/", "sudo cat /srv/till/api.token", `"business_day_date": "` + string(before) + `", "currency_code"`,
			"<h4>Body</h4><pre><code>{\n  \"business_day_date\": \"" + string(before) + `"`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%d hours from Greenwich the page lacks %s", hours, want)
			}
		}
	}
}
