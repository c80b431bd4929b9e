// Package languagetest compares what a package says in its languages.
package languagetest

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Same fails where a language lacks a text that another has, or fills it with
// something else: catalogs are a package's, an array of structs by language.
func Same(t testing.TB, catalogs any) {
	t.Helper()
	all, codes := reflect.ValueOf(catalogs), loyalty.LanguageCodes()
	if all.Len() != len(codes) {
		t.Fatalf("%d catalogs of %d languages", all.Len(), len(codes))
	}
	english := Texts(all.Index(int(loyalty.English)))
	for l, code := range codes {
		texts := Texts(all.Index(l))
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			want, there := english[key]
			if !there {
				t.Errorf("%s: %s is there in it alone", code, key)
			}
			if texts[key] == "" {
				t.Errorf("%s: %s says nothing", code, key)
			}
			if got, want := holes(texts[key]), holes(want); !slices.Equal(got, want) {
				t.Errorf("%s: %s is filled with %q, in English with %q", code, key, got, want)
			}
		}
		for key := range english {
			if _, there := texts[key]; !there {
				t.Errorf("%s: %s is not there", code, key)
			}
		}
	}
}

// Texts are all texts in a catalog, by where they stand.
func Texts(catalog reflect.Value) map[string]string {
	texts := map[string]string{}
	gather(texts, "", catalog)
	return texts
}

func gather(texts map[string]string, at string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		texts[at] = v.String()
	case reflect.Struct:
		for i := range v.NumField() {
			gather(texts, at+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			gather(texts, fmt.Sprintf("%s[%d]", at, i), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			gather(texts, fmt.Sprintf("%s[%s]", at, key), v.MapIndex(key))
		}
	default:
		panic(fmt.Sprintf("%s is a %s: catalogs have texts alone", at, v.Kind()))
	}
}

var hole = regexp.MustCompile(`%[a-z]`)

// holes are what a text leaves open, in the order in which it is filled.
func holes(text string) []string { return hole.FindAllString(text, -1) }
