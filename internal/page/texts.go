package page

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Texts are what pages say, in several languages.
type Texts struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
}

// LoadTexts reads the files en.json, tr.json and so on of a folder: texts by
// their ids. The first language is English; where nothing fits it is spoken.
func LoadTexts(files fs.FS) (*Texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
			return nil, fmt.Errorf("read texts %q: %w", name, err)
		}
	}
	return &Texts{bundle, language.NewMatcher(bundle.LanguageTags())}, nil
}

// Words are the texts in one language.
type Words struct {
	Lang      string // BCP 47
	localizer *i18n.Localizer
}

// In speaks the language that fits best: wishes are BCP 47 tags or what a browser
// sends as Accept-Language, the first one first; empty ones are none.
func (t *Texts) In(wishes ...string) Words {
	tag, _ := language.MatchStrings(t.matcher, wishes...)
	base, _ := tag.Base()
	return Words{base.String(), i18n.NewLocalizer(t.bundle, base.String())}
}

// T says a text. Pairs are names in it and what stands for them; Count decides
// between one and several.
func (w Words) T(id string, pairs ...any) (string, error) {
	config := &i18n.LocalizeConfig{MessageID: id}
	if len(pairs) > 0 {
		data := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			data[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
		config.TemplateData, config.PluralCount = data, data["Count"]
	}
	return w.localizer.Localize(config)
}

// Has reports whether there is a text of an id.
func (w Words) Has(id string) bool {
	_, err := w.localizer.Localize(&i18n.LocalizeConfig{MessageID: id})
	return err == nil
}
