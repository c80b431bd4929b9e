package escpos_test

import (
	"flag"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

var pictures = flag.String("pictures", "", "take pictures of receipts into this folder, with chromium")

var sheet = template.Must(template.New("sheet").Parse(`<!doctype html><meta charset="utf-8"><style>
body{margin:0;padding:24px;background:#888;display:flex;align-items:start}
main{background:#fff;color:#111;padding:24px 16px;width:{{.Columns}}ch;font:20px/24px "DejaVu Sans Mono",monospace}
p{margin:0;white-space:pre;height:24px}
.bold{font-weight:bold}
.double{font-size:40px;line-height:48px;height:48px}
</style><main>{{range .Lines}}<p class="{{if .Bold}}bold{{end}} {{if .Double}}double{{end}}">{{.Text}}</p>{{end}}</main>`))

type shown struct {
	Text         string
	Bold, Double bool
}

// The paper of each profile and the page of each width, as pictures for people
// to look at; nothing is checked but that they could be taken.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures folder")
	}
	for _, name := range inESCPOS() {
		onPaper(t, "paper-", name, shop())
		onPaper(t, "void-", name, voided())
	}
	for _, name := range escpos.Names() {
		interpretedPaper(t, name)
	}
	for _, dark := range []bool{false, true} {
		page, name := `<!doctype html><meta charset="utf-8"><body style="display:flex;gap:2em;align-items:start">`, "page-light"
		if dark {
			page, name = strings.Replace(page, "<body", `<style>:root,.receipt{color-scheme:dark !important}</style><body`, 1), "page-dark"
		}
		for _, columns := range []int{32, 42, 48} {
			fragment, err := shop().HTML(columns)
			if err != nil {
				t.Fatal(err)
			}
			page += "<div>" + string(fragment) + "</div>"
		}
		take(t, name, page)
	}
}

// interpretedPaper takes a picture of what an interpreter of its own makes of a
// profile's bytes, where the line is fast.
func interpretedPaper(t *testing.T, name string) {
	t.Helper()
	profile, vendor := named(t, name), makers[name]
	if vendor == "" {
		vendor = vendors[name][0]
	}
	profile.Slow = false
	_, page := interpret(t, profile, vendor, profile.Bytes(claimed()))
	picturePage(t, "interpreted-"+name, page)
}

// picturePage takes a picture of a page that stands in a file.
func picturePage(t *testing.T, name, page string) {
	t.Helper()
	shown, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	take(t, name, string(shown))
}

// onPaper takes a picture of a paper as a profile's printer makes it.
func onPaper(t *testing.T, kind, name string, paper escpos.Paper) {
	t.Helper()
	profile := named(t, name)
	var lines []shown
	for _, line := range printOn(t, numbers(t, vendors[name][0]), profile, profile.Bytes(paper)) {
		lines = append(lines, shown{line.text, line.bold, line.double})
	}
	var page strings.Builder
	err := sheet.Execute(&page, struct {
		Columns int
		Lines   []shown
	}{profile.Columns, lines})
	if err != nil {
		t.Fatal(err)
	}
	take(t, kind+name, page.String())
}

// take writes a page and its picture.
func take(t *testing.T, name, page string) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join(*pictures, name+".html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	picture := strings.TrimSuffix(file, ".html") + ".png"
	out, err := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+t.TempDir(), "--window-size=1300,1500", "--screenshot="+picture, "file://"+file).CombinedOutput()
	if err != nil {
		t.Fatalf("take picture of %s: %v\n%s", name, err, out)
	}
}
