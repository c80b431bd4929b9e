package pages

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/page"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

//go:embed html
var htmlFiles embed.FS

// frame is what each page has.
type frame struct {
	page.Words
	ID       string // of the page, as its texts and its tab are called
	Path     string // for the links to other languages
	Store    string
	Till     string
	Training bool
	Operator string // who is signed on at the till, or looks at Store; empty: nobody
	Section  string // of Store
	Speaks   string // the till: what displays and papers are in
}

func (p *Pages) frame(r *http.Request, id, operator string) frame {
	return frame{
		Words: wordsFor(r), ID: id, Path: r.URL.Path, Store: p.Header.Store, Till: p.Header.Terminal, Training: p.Header.Training,
		Operator: operator, Section: id, Speaks: p.Till.Language.String(),
	}
}

// parsed parses a page into the frame, with the parts that pages share.
func parsed(name string) *template.Template {
	parts, err := htmlFiles.ReadFile("html/parts.html")
	if err != nil {
		panic(err) // it is embedded
	}
	body, err := htmlFiles.ReadFile("html/" + name + ".html")
	if err != nil {
		panic(err) // it is embedded
	}
	return page.Template(name, string(parts)+string(body), functions)
}

var functions = template.FuncMap{
	"name":      loyalty.NameWords,
	"upper":     strings.ToUpper,
	"digits":    func() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9} },
	"languages": func() []string { return []string{"en", "tr"} },
	"onPaper":   func(lang string, lines []receipt.Line) picture { return picture{lang, lines} },
}

// picture is a paper as a page shows it.
type picture struct {
	Lang  string
	Lines []receipt.Line
}

// show sends a page.
func (p *Pages) show(w http.ResponseWriter, t *template.Template, status int, f frame, data any) {
	title, err := f.T("title_" + f.ID)
	if err != nil {
		p.fail(w, err)
		return
	}
	html, err := page.Render(t, page.View{Lang: f.Lang, Title: title + " · " + f.Store, Data: data})
	if err != nil {
		p.fail(w, err)
		return
	}
	if status != http.StatusOK {
		w = &withStatus{w, status}
	}
	page.Write(w, html)
}

// withStatus writes another status before a body.
type withStatus struct {
	http.ResponseWriter
	status int
}

// Write implements io.Writer.
func (w *withStatus) Write(b []byte) (int, error) {
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
		w.status = 0
	}
	return w.ResponseWriter.Write(b)
}

// showPart sends a part of a page.
func (p *Pages) showPart(w http.ResponseWriter, t *template.Template, part string, data any) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		p.fail(w, err)
		return
	}
	page.Write(w, b.Bytes())
}

// fail tells a sentence; why is in the diary.
func (p *Pages) fail(w http.ResponseWriter, err error) {
	p.Failed(err)
	http.Error(w, "this cannot be shown now; the keypad and the POS go on. The till's log says why.", http.StatusServiceUnavailable)
}
