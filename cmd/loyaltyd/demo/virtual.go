package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/page"
)

//go:embed virtual.html text
var files embed.FS

var (
	virtualTemplate = func() *template.Template {
		body, err := files.ReadFile("virtual.html")
		if err != nil {
			panic(err) // it is embedded
		}
		return page.Template("virtual", string(body), template.FuncMap{
			"upper": strings.ToUpper, "languages": func() []string { return []string{"en", "tr"} },
		})
	}()
	virtualTexts = func() *page.Texts {
		folder, err := fs.Sub(files, "text")
		if err != nil {
			panic(err) // it is embedded
		}
		texts, err := page.LoadTexts(folder)
		if err != nil {
			panic(err) // it is embedded
		}
		return texts
	}()
)

// Virtual is the checkout without hardware: a page on which the devices of a
// stage's tills are drawn. What is pressed there goes through their pseudo-terminals
// byte by byte, and what is seen is what the tills wrote to them.
type Virtual struct {
	stage *stage.Stage
	mux   *http.ServeMux
	bell  *bell
	wg    sync.WaitGroup

	mu  sync.Mutex
	cut bool
	// out are tills whose printer has no paper, standings what each says of itself.
	out       map[string]bool
	standings map[string]standing
}

// NewVirtual returns one that watches its stage until the context ends.
func NewVirtual(ctx context.Context, s *stage.Stage) *Virtual {
	v := &Virtual{stage: s, mux: http.NewServeMux(), bell: newBell(), out: map[string]bool{}, standings: map[string]standing{}}
	for _, lane := range s.Lanes {
		v.watch(ctx, lane)
	}
	v.mux.HandleFunc("GET /{$}", v.whole)
	v.mux.HandleFunc("GET /network", func(w http.ResponseWriter, r *http.Request) { v.part(w, r, "network", v.view(r)) })
	v.mux.HandleFunc("POST /network", v.flip)
	v.mux.HandleFunc("GET /tills/{n}", v.till(func(w http.ResponseWriter, r *http.Request, n int) { v.part(w, r, "till", v.view(r).Tills[n]) }))
	v.mux.HandleFunc("POST /tills/{n}/keys", v.till(v.press))
	v.mux.HandleFunc("POST /tills/{n}/scan", v.till(v.scan))
	v.mux.HandleFunc("POST /tills/{n}/paper", v.till(v.paper))
	v.mux.HandleFunc("GET /events", v.listen)
	v.mux.Handle("GET "+page.AssetsPath, page.Assets(http.NotFound))
	return v
}

// Wait returns once nothing is watched any more.
func (v *Virtual) Wait() { v.wg.Wait() }

var crossOrigin = http.NewCrossOriginProtection()

// ServeHTTP implements http.Handler, for a browser on this machine.
func (v *Virtual) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		http.Error(w, "open it by its address on this machine", http.StatusForbidden)
		return
	}
	if err := crossOrigin.Check(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	v.mux.ServeHTTP(w, r)
}

// view is all of the page.
type view struct {
	page.Words
	Path    string
	Cut     bool
	Manager string
	PIN     string
	Tills   []tillView
}

// tillView is a till with its devices.
type tillView struct {
	page.Words
	N        int
	ID, Name string
	Upper    string
	Lower    string
	Papers   [][]paperLine // newest first
	NoPaper  bool
	standing
	Address   string
	Customers []customer
	Codes     []code
}

// customer is somebody to serve: no such number is in use.
type customer struct{ Name, Number, Keys string }

var customers = []customer{
	{"Ayşe", "0532 000 00 01", Ayse + "="},
	{"Mehmet", "0532 000 00 02", "05320000002="},
}

// code is something to scan, with what stands in front of it on a scanner that
// says which symbology it read.
type code struct{ Text, Code string }

var codes = []code{
	{"code_phone", "]Q1tel:+" + ayseAbroad},
	{"code_product", "]E05901234123457"},
	{"code_page", "]Q1https://example.com/"},
}

// mostPapers is how many receipts hang out of a printer.
const mostPapers = 4

func (v *Virtual) view(r *http.Request) view {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := view{Words: wordsFor(r), Path: r.URL.Path, Cut: v.cut, Manager: managerID, PIN: managerPIN}
	for i, lane := range v.stage.Lanes {
		t := tillView{
			Words: out.Words, N: i + 1, ID: lane.Name, Name: fmt.Sprintf("Till %d", i+1), NoPaper: v.out[lane.Name],
			standing: v.standings[lane.Name], Address: lane.Address, Customers: customers, Codes: codes,
		}
		t.Upper, t.Lower = lane.Display.Lines()
		t.Papers = papers(lane.Printer.Receipts())
		out.Tills = append(out.Tills, t)
	}
	return out
}

// paperLine is a line as it was printed.
type paperLine struct {
	Text   string
	Double bool // twice as wide and high
}

func papers(receipts []sim.Receipt) (out [][]paperLine) {
	for i := len(receipts) - 1; i >= 0 && len(out) < mostPapers; i-- {
		out = append(out, paper(receipts[i]))
	}
	return out
}

// paper is a receipt without what is empty above and below.
func paper(r sim.Receipt) (lines []paperLine) {
	for i, text := range strings.Split(strings.TrimRight(r.Text, "\n"), "\n") {
		if text != "" || len(lines) > 0 {
			lines = append(lines, paperLine{text, slices.Contains(r.Double, i)})
		}
	}
	return lines
}

const langCookie = "loyaltyd-lang"

func wordsFor(r *http.Request) page.Words {
	chosen := r.URL.Query().Get("lang")
	if cookie, err := r.Cookie(langCookie); err == nil && chosen == "" {
		chosen = cookie.Value
	}
	return virtualTexts.In(chosen, r.Header.Get("Accept-Language"))
}

func (v *Virtual) whole(w http.ResponseWriter, r *http.Request) {
	data := v.view(r)
	if r.URL.Query().Has("lang") {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: data.Lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	html, err := page.Render(virtualTemplate, page.View{Lang: data.Lang, Title: "loyaltyd demo", Data: data})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	page.Write(w, html)
}

func (v *Virtual) part(w http.ResponseWriter, _ *http.Request, name string, data any) {
	var b bytes.Buffer
	if err := virtualTemplate.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	page.Write(w, b.Bytes())
}

// till finds which one is meant.
func (v *Virtual) till(serve func(http.ResponseWriter, *http.Request, int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 1 || n > len(v.stage.Lanes) {
			http.NotFound(w, r)
			return
		}
		serve(w, r, n-1)
	}
}
