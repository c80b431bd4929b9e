package receipt

import (
	"fmt"
	"html/template"
	"strings"
)

// fragment lays lines out by itself: what stands right is at the right
// whatever cells a browser's letters take. Its looks are the page's, so that
// it is light or dark as the reader likes. It has no style attribute, which a
// strict page would refuse, and no id, so that it may stand there twice.
var fragment = template.Must(template.New("receipt").Parse(`<style>
.receipt{color-scheme:light dark;background:Canvas;color:CanvasText;border:1px solid GrayText;padding:1.5em 2ch;overflow-x:auto;font:14px/1.4 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
.receipt-{{.Columns}}{width:{{.Columns}}ch}
.receipt .line{display:flex;justify-content:space-between;margin:0;white-space:pre}
.receipt span{unicode-bidi:isolate}
.receipt hr{border:0;border-top:1px dashed GrayText;margin:.5em 0}
.receipt .center{justify-content:center}
.receipt .bold{font-weight:bold}
.receipt .double{font-size:200%}
</style>
<section class="receipt receipt-{{.Columns}}">
{{range .Lines}}{{if or .Code .Bars}}{{else if .Rule}}<hr/>{{else}}<p class="line{{if .Center}} center{{end}}{{if .Bold}} bold{{end}}{{if .Double}} double{{end}}"><span>{{.Left}}</span><span>{{.Right}}</span></p>{{end}}
{{end}}</section>
`))

// HTML lays the receipt out as a piece of a page, with its own style: a
// picture of paper of so many columns, at least 16.
func (r Receipt) HTML(columns int) (template.HTML, error) { return asHTML(columns, r.Layout(columns)) }

// HTML lays it out as Receipt.HTML does.
func (r Return) HTML(columns int) (template.HTML, error) { return asHTML(columns, r.Layout(columns)) }

func asHTML(columns int, lines []Line) (template.HTML, error) {
	columns = max(columns, minColumns)
	var b strings.Builder
	err := fragment.Execute(&b, struct {
		Columns int
		Lines   []Line
	}{columns, lines})
	if err != nil {
		return "", fmt.Errorf("write receipt as HTML: %w", err)
	}
	return template.HTML(b.String()), nil // escaped by the template
}
