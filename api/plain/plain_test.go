package plain_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/plain"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// input is a call's, of a body.
type input[B any] struct {
	ID   string `path:"id" minLength:"1" maxLength:"8" pattern:"^[A-Za-z0-9._:-]+$"`
	Body B
}

// call is one that huma reads, and this package.
type call[B any] struct {
	mux    *http.ServeMux
	reader plain.Reader[input[B]]
	taken  *input[B] // by huma, the last time
}

func newCall[B any]() *call[B] {
	c := &call[B]{mux: http.NewServeMux()}
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strict}
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	routes := humago.New(c.mux, config)
	huma.Register(routes, huma.Operation{Method: http.MethodPost, Path: "/{id}", MaxBodyBytes: 1 << 20}, func(_ context.Context, in *input[B]) (*struct{}, error) {
		c.taken = in
		return nil, nil
	})
	c.reader = plain.New[input[B]](routes.OpenAPI().Components.Schemas)
	return c
}

// strict reads as the API does.
func strict(data []byte, into any) error {
	if _, any := into.(*any); any {
		return ledger.DecodeJSON(data, into)
	}
	return json.Unmarshal(data, into)
}

// isPlain reads a request twice: what is plain huma takes as the same.
func (c *call[B]) isPlain(t *testing.T, id, body string) bool {
	t.Helper()
	c.taken = nil
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
	r.URL.Path = "/" + id
	c.mux.ServeHTTP(httptest.NewRecorder(), r)
	var in input[B]
	if !c.reader.Read(func(string) string { return id }, body, &in) {
		return false
	}
	if c.taken == nil {
		t.Fatalf("plain, and huma refuses it: %s", body)
	}
	if diff := cmp.Diff(c.taken, &in); diff != "" {
		t.Fatalf("huma, plain: %s\n%s", diff, body)
	}
	return true
}

const basket = `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[
	{"sku":"süt","extended_amount":1999, "quantity":2 ,"categories":["food","fresh"]},{"extended_amount":0,"tax":0,"categories":[]}
],"tenders":[{"tender_type":"cash","amount":1999}],"member_added_after_tender":true,"member":{"phone":"0532 123 45 67"}}` + "\n"

// What a POS sends as a rule is plain, in whatever order, with space or without.
func TestPlain(t *testing.T) {
	sale, hold, shown := newCall[api.Complete](), newCall[api.Hold](), newCall[api.Shown]()
	for _, body := range []string{
		basket, strings.NewReplacer("\n", "", "\t", "", " ", "").Replace(basket),
		`{"line_items":[],"currency_code":"TRY","business_day_date":"2026-11-22"}`,
		`{ "line_items" : [ { "extended_amount" : 999999999999999999 } ] , "holds" : [ "a" , "b" ] , "currency_code":"TRY","business_day_date":"2026-11-22","member_added_after_tender" : false }`,
		`{"member":{"proof":"verified","pin":"2580"},"line_items":[{},{"quantity":1}],"currency_code":"TRY","business_day_date":"2026-11-22"}`,
	} {
		if !sale.isPlain(t, "s1", body) {
			t.Errorf("not plain: %s", body)
		}
	}
	if !hold.isPlain(t, "h", `{"hold_id":"0193b2a4-5f2e-7c11-8a3b-0c9f3d5e7a10","sale_id":"S","member":{},"reward":"five"}`) {
		t.Error("a hold is not plain")
	}
	if !shown.isPlain(t, "d", `{"lines":["milk           19.99"]}`) {
		t.Error("a text is not plain")
	}
	if newCall[api.Print]().isPlain(t, "p", `{"print_id":"P","raw":"aGk="}`) {
		t.Error("bytes are plain")
	}
}

// Each of these is for huma: it is wrong, or another way to write what is right.
func TestNotPlain(t *testing.T) {
	c := newCall[api.Complete]()
	for _, of := range [][2]string{
		{"1999", "-1"}, {"1999", "01"}, {"1999", "-0"}, {"1999", "1.0"}, {"1999", "1e3"}, {"1999", "9999999999999999999"}, {"1999", `"1"`}, {"1999", "null"}, {"1999", ""},
		{`"quantity":2`, `"quantity":0`}, {`"quantity":2 ,`, `"quantity":2 2,`}, {`"sku"`, `"SKU"`}, {`"sku"`, `"none"`}, {`"sku"`, `"extended_amount"`},
		{"süt", `s\u00fct`}, {"süt", "s\xfct"}, {"süt", "s\nt"}, {"süt", strings.Repeat("ü", 65)}, {`"TRY"`, `"try"`}, {`"TRY"`, `"TRYY"`}, {`"TRY"`, "TRY"},
		{"2026-11-22", "22.11.2026"}, {`"currency_code":"TRY",`, ""}, {"true", "yes"}, {"true", "truefalse"}, {"true", "tru"},
		{`"phone"`, `"proof":"sworn","phone"`}, {`"phone"`, `"pin":"12","phone"`}, {`"phone"`, `"redeem":["five"],"phone"`},
		{"}}", "}"}, {"}}", "}},"}, {"}}", "}}{}"}, {"[", "[,"}, {"]", ",]"}, {"}]", "}"}, {`"food",`, `"food"`}, {`"cash",`, `"cash",,`},
		{`["food","fresh"]`, `[` + strings.Repeat(`"x",`, 16) + `"x"]`},
	} {
		body := strings.Replace(basket, of[0], of[1], 1)
		if body == basket {
			t.Fatalf("%q does not stand in it", of[0])
		}
		if c.isPlain(t, "s1", body) {
			t.Errorf("plain: %s", body)
		}
	}
	for _, body := range []string{"", " ", "null", "[]", `"x"`, "{}", "{", basket[:len(basket)/2]} {
		if c.isPlain(t, "s1", body) {
			t.Errorf("plain: %q", body)
		}
	}
	for _, id := range []string{"", "a b", "123456789", "=1+1"} {
		if c.isPlain(t, id, basket) {
			t.Errorf("plain with the id %q", id)
		}
	}
}

// An input that has what no body and no path has is never plain.
func TestNoReader(t *testing.T) {
	type query struct {
		ID   string `query:"id"`
		Body api.Lookup
	}
	schemas := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	reader := plain.New[query](schemas)
	if reader.Read(func(string) string { return "" }, `{"phone":"1"}`, new(query)) {
		t.Error("a query is passed over")
	}
}

// Whatever is plain huma takes as the same.
func FuzzPlain(f *testing.F) {
	sale, hold, quote := newCall[api.Complete](), newCall[api.Hold](), newCall[api.Basket]()
	f.Add("s1", basket)
	f.Add("h", `{"hold_id":"0193b2a4-5f2e-7c11-8a3b-0c9f3d5e7a10","sale_id":"S","member":{"account":"a"},"reward":"five","times":1}`)
	f.Add("q", `{"currency_code":"TRY","line_items":[{"extended_amount":1}],"redeem":["five",{"reward":"x","times":2}]}`)
	f.Add("x", `{"a":[1,-2,true,false,null,"\u0041"],"A":{}}`)
	f.Fuzz(func(t *testing.T, id, body string) {
		if id == "." || id == ".." {
			return // never comes this far: net/http cleans paths
		}
		sale.isPlain(t, id, body)
		hold.isPlain(t, id, body)
		quote.isPlain(t, id, body)
	})
}

// BenchmarkRead measures a basket of ten lines, against what huma needs for it.
func BenchmarkRead(b *testing.B) {
	c := newCall[api.Complete]()
	line := `{"sku":"8690123456789","extended_amount":1999,"net_amount":1666,"categories":["food"]}`
	body := `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[` + line + strings.Repeat(","+line, 9) + `]}`
	path := func(string) string { return "s1" }
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !c.reader.Read(path, body, new(input[api.Complete])) {
				b.Fatal("not plain")
			}
		}
	})
	b.Run("huma", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/s1", strings.NewReader(body)))
		}
	})
}
