package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the answers that the description shows")

// keepAnswers writes what the calls answered to their own examples.
func (s *shop) keepAnswers(t *testing.T) {
	kept := map[string]json.RawMessage{}
	for id, answer := range s.answers {
		if bytes.HasPrefix(answer, []byte("{")) && !bytes.Contains(answer, []byte("urn:loyaltyd:problem:")) {
			kept[id] = answer
		}
	}
	text, err := json.MarshalIndent(kept, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("answers.json", append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// description is what a test reads of /openapi.json.
type description struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]map[string]any `json:"schemas"`
	} `json:"components"`
}

// Every call of the description has an example of a body, if it takes one, and of its
// answer, with what the answer says it has and nothing else.
func TestExamplesOfAnswers(t *testing.T) {
	s := newShop(t)
	var d description
	if err := json.Unmarshal([]byte(s.ask("GET", "/openapi.json", "").body), &d); err != nil {
		t.Fatal(err)
	}
	// The shop of the examples has nothing to confirm or to claim.
	without := []string{"confirm-sale", "claim-receipt"}
	for path, methods := range d.Paths {
		for method, op := range methods {
			answer, has := op.Responses["200"].Content["application/json"]
			if !has || slices.Contains(without, op.ID) {
				continue
			}
			if answer.Example == nil {
				t.Errorf("%s %s has no example of its answer", method, path)
				continue
			}
			for _, wrong := range d.wrong(answer.Schema, answer.Example, op.ID) {
				t.Errorf("%s %s: %s", method, path, wrong)
			}
		}
	}
}

// wrong says where a value is not what a schema describes.
func (d description) wrong(schema map[string]any, value any, at string) (all []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.wrong(d.Components.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]], value, at)
	}
	switch value := value.(type) {
	case map[string]any:
		properties, closed := schema["properties"].(map[string]any)
		if !closed {
			return nil // any object
		}
		for name, inner := range value {
			property, ok := properties[name].(map[string]any)
			if !ok {
				all = append(all, at+"."+name+" is not described")
				continue
			}
			all = append(all, d.wrong(property, inner, at+"."+name)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := value[name.(string)]; !ok {
				all = append(all, at+"."+name.(string)+" is missing")
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, inner := range value {
			all = append(all, d.wrong(items, inner, at+"[]")...)
		}
	}
	return all
}
