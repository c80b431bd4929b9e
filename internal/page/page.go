// Package page is what all our pages have in common: a frame, a style sheet
// that is right in light and dark, and headers that let nothing in from
// elsewhere. No page needs the internet.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assets embed.FS

//go:embed frame.html
var frame string

// AssetsPath is where the assets are to be served (Assets).
const AssetsPath = "/assets/"

// policy lets a page load what its own server has, and nothing else: no
// script that stands in it, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// version tells browsers that kept assets of an earlier release are old.
var version = func() string {
	sum := sha256.New()
	entries, _ := assets.ReadDir("assets") // it is embedded
	for _, e := range entries {
		text, _ := assets.ReadFile("assets/" + e.Name())
		sum.Write(text)
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}()

// Template parses the body of a page, which defines "main", into the frame.
// The functions are the body's.
func Template(name, body string, functions template.FuncMap) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{
		"asset": func(file string) string { return AssetsPath + file + "?" + version },
	}).Funcs(functions)
	return template.Must(template.Must(t.Parse(frame)).Parse(body))
}

// View is what the frame shows of a page, and what its body does.
type View struct {
	Lang  string // BCP 47
	Title string
	Data  any
}

// Render makes the page.
func Render(t *template.Template, v View) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", v); err != nil {
		return nil, fmt.Errorf("render %q: %w", v.Title, err)
	}
	return b.Bytes(), nil
}

// Write sends a rendered page.
func Write(w http.ResponseWriter, html []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	Guard(h)
	_, _ = w.Write(html) // whoever asked is gone
}

// Guard sets the headers that every page and asset has.
func Guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// types are the content types of assets, by the ends of their names: the
// machine's table may have others.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// Assets serves what pages load; missing answers for what is none of it.
func Assets(missing http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, AssetsPath)
		text, err := assets.ReadFile(path.Join("assets", path.Clean("/"+name)))
		if err != nil || types[path.Ext(name)] == "" {
			missing(w, r)
			return
		}
		Guard(w.Header())
		w.Header().Set("Content-Type", types[path.Ext(name)])
		if r.URL.RawQuery == version {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		_, _ = w.Write(text) // whoever asked is gone
	})
}
