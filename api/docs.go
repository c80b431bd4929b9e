package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	_ "embed"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/internal/page"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const docsPath = "/docs"

//go:embed docs.html
var docsBody string

var docsTemplate = page.Template("docs", docsBody, nil)

// docs is the description as a page: what a programmer who connects a POS reads,
// on the till itself, without the internet.
type docs struct {
	Release   string
	Address   string      // of this till, as whoever reads reaches it
	TokenFile string      // where this till's token stands
	Today     ledger.Date // the store's
	Groups    []docsGroup
	Shapes    []docsShape // what bodies are made of, by name
	Problems  []docsProblem
}

type docsGroup struct {
	Name  string
	Calls []docsCall
}

type docsCall struct {
	ID, Method, Path, Summary, Description string

	Token      bool
	Parameters []docsField
	Body       []docsField
	Example    string      // of a body, indented
	Fields     []docsField // of the answer
	Answer     string      // an example of it, indented
	Statuses   []string
}

type docsShape struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, Type, Doc, Example string

	Shape    string // the name of the shape it has
	Required bool
}

type docsProblem struct {
	Type, Title, Next string
	Status            int
}

// groups are the headings, by how a path begins; the first that fits takes it.
var groups = []struct{ name, prefix string }{
	{"Sales", "/v1/sales"}, {"Quotes and rewards", "/v1/quote"}, {"Quotes and rewards", "/v1/holds"},
	{"Members", "/v1/members"}, {"Activities and claims", "/v1/activities"}, {"Activities and claims", "/v1/claims"},
	{"Operators", "/v1/operators"}, {"The counter on a screen", screenPath}, {"Events", eventsPath}, {"Devices", "/v1/devices"}, {"Devices", "/v1/print"}, {"Devices", "/v1/display"},
	{"The till", "/"},
}

// docsPage serves the page, written anew each time: its examples are of today and
// are sent to the address it was asked at.
func (s *Server) docsPage(described *huma.OpenAPI, calls []*huma.Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d := s.document(described, calls)
		d.Address, d.TokenFile = addressOf(r), s.TokenFile
		d.date(s.Till.Today(time.Now()))
		html, err := page.Render(docsTemplate, page.View{Lang: "en", Title: "loyaltyd: the API", Data: d})
		if err != nil {
			s.Failed(err)
			problem(notReady, "").write(w)
			return
		}
		page.Write(w, html)
	}
}

// addressOf is where a request went to, whose host the guard let in.
func addressOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// date makes the examples of bodies those of a day: an older one is refused.
func (d *docs) date(today ledger.Date) {
	d.Today = today
	for _, g := range d.Groups {
		for i := range g.Calls {
			g.Calls[i].Example = strings.ReplaceAll(g.Calls[i].Example, exampleDay, string(today))
		}
	}
}

func (s *Server) document(described *huma.OpenAPI, calls []*huma.Operation) docs {
	d := docs{Release: s.Release}
	for _, g := range groups {
		if len(d.Groups) == 0 || d.Groups[len(d.Groups)-1].Name != g.name {
			d.Groups = append(d.Groups, docsGroup{Name: g.name})
		}
	}
	shapes := described.Components.Schemas
	for _, op := range calls {
		group := d.group(op.Path)
		group.Calls = append(group.Calls, documentCall(shapes, op))
	}
	for _, name := range sorted(shapes.Map()) {
		if shape := shapes.Map()[name]; shape.Type == huma.TypeObject {
			d.Shapes = append(d.Shapes, docsShape{name, fieldsOf(shape)})
		}
	}
	for _, k := range sorted(kinds) {
		d.Problems = append(d.Problems, docsProblem{typePrefix + string(k), kinds[k].title, kinds[k].next, kinds[k].status})
	}
	return d
}

// group is where a call of a path is told of.
func (d *docs) group(path string) *docsGroup {
	for _, g := range groups {
		if strings.HasPrefix(path, g.prefix) {
			i := slices.IndexFunc(d.Groups, func(of docsGroup) bool { return of.Name == g.name })
			return &d.Groups[i]
		}
	}
	return &d.Groups[len(d.Groups)-1]
}

func documentCall(shapes huma.Registry, op *huma.Operation) docsCall {
	call := docsCall{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		Token: len(op.Security) > 0, Statuses: sorted(op.Responses),
	}
	for _, p := range op.Parameters {
		field := fieldOf(p.Name, p.Schema)
		field.Doc, field.Required = p.Description, p.Required
		field.Type += " in " + p.In
		call.Parameters = append(call.Parameters, field)
	}
	if op.RequestBody != nil {
		for _, content := range op.RequestBody.Content {
			call.Body = fieldsOf(resolved(shapes, content.Schema))
			call.Example = indented(content.Example)
		}
	}
	if answer := op.Responses["200"]; answer != nil {
		for kind, content := range answer.Content {
			if kind == "application/json" {
				call.Fields = fieldsOf(resolved(shapes, content.Schema))
				call.Answer = indented(content.Example)
			}
		}
	}
	return call
}

func resolved(shapes huma.Registry, schema *huma.Schema) *huma.Schema {
	for schema != nil && schema.Ref != "" {
		schema = shapes.SchemaFromRef(schema.Ref)
	}
	return schema
}

func fieldsOf(schema *huma.Schema) (fields []docsField) {
	if schema == nil {
		return nil
	}
	for _, name := range sorted(schema.Properties) {
		field := fieldOf(name, schema.Properties[name])
		field.Required = slices.Contains(schema.Required, name)
		fields = append(fields, field)
	}
	slices.SortStableFunc(fields, func(a, b docsField) int { // what must be there first
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return fields
}

func fieldOf(name string, schema *huma.Schema) docsField {
	field := docsField{Name: name, Type: schema.Type, Doc: schema.Description}
	of := schema
	if schema.Type == huma.TypeArray && schema.Items != nil {
		of = schema.Items
		field.Type = "list of " + of.Type
	}
	if of.Ref != "" {
		field.Shape = of.Ref[strings.LastIndexByte(of.Ref, '/')+1:]
	}
	if schema.Format != "" {
		field.Type += " (" + schema.Format + ")"
	}
	if len(schema.Enum) > 0 {
		field.Type += ": " + strings.ReplaceAll(strings.Trim(string(encoded(schema.Enum)), "[]"), ",", ", ")
	}
	if len(schema.Examples) > 0 {
		field.Example = string(encoded(schema.Examples[0]))
	}
	return field
}

func encoded(value any) []byte {
	text, _ := json.Marshal(value) // it was read from a description
	return text
}

func indented(example any) string {
	raw, ok := example.(json.RawMessage)
	if !ok {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
