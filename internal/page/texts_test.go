package page_test

import (
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/page"
)

// The first wish that can be met is; where none can, English is spoken.
func TestTexts(t *testing.T) {
	texts, err := page.LoadTexts(fstest.MapFS{
		"en.json": {Data: []byte(`{"hello": "Hello {{.Name}}", "wait": {"one": "{{.Count}} waits", "other": "{{.Count}} wait"}}`)},
		"tr.json": {Data: []byte(`{"hello": "Merhaba {{.Name}}"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		wishes []string
		lang   string
		hello  string
	}{
		{[]string{"", "tr-TR,tr;q=0.9,en;q=0.8"}, "tr", "Merhaba Ada"},
		{[]string{"en", "tr"}, "en", "Hello Ada"},
		{[]string{"", "fr, ja"}, "en", "Hello Ada"},
		{[]string{"x;;", ""}, "en", "Hello Ada"},
	} {
		words := texts.In(c.wishes...)
		hello, err := words.T("hello", "Name", "Ada")
		if words.Lang != c.lang || hello != c.hello || err != nil {
			t.Errorf("%q: %s, %q, %v", c.wishes, words.Lang, hello, err)
		}
	}
	english := texts.In("en")
	for count, want := range map[int]string{1: "1 waits", 3: "3 wait"} {
		if got, err := english.T("wait", "Count", count); got != want || err != nil {
			t.Errorf("%d: %q, %v", count, got, err)
		}
	}
	if _, err := english.T("nothing"); err == nil || english.Has("nothing") {
		t.Error("a text that is not there is told")
	}
}
