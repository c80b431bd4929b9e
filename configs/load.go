package configs

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// Loaded is a configuration and where each value came from.
type Loaded struct {
	Config
	// Sources has the place of every key: "default", file:line:column,
	// "environment NAME" or "flag".
	Sources map[string]string
	// Files are those that were read, or should have been.
	Files []string
}

// loading is one run of Load.
type loading struct {
	viper    *viper.Viper
	sources  map[string]string // places of single values, in lists too
	problems problems
}

// Load reads the files in order, a later one before an earlier, then the
// LOYALTYD_ variables of the process, then flags (key → text, from the command
// line). Every error is an *Error with all that is wrong; what could be read is
// returned beside it.
func Load(files []string, flags map[string]string) (Loaded, error) {
	l := &loading{viper: viper.New(), sources: make(map[string]string)}
	l.viper.AllowEmptyEnv(true)
	for _, leaf := range root.leaves() {
		l.viper.SetDefault(leaf.key, leaf.value)
		l.sources[leaf.key] = "default"
	}
	for _, file := range files {
		l.readFile(file)
	}
	l.readEnvironment()
	l.readFlags(flags)

	// One run names all that is wrong: what could be read is held against its
	// ranges too, and a key that was refused is not refused twice.
	var c Config
	l.decode(&c)
	refused := l.problems
	c.check(func(key, format string, args ...any) {
		if !refused.about(key) {
			l.problems.add(l.place(key), key, format, args...)
		}
	})
	return Loaded{Config: c, Sources: l.sources, Files: files}, l.problems.err()
}

// place gives where a value came from: its own, or that of what holds it.
func (l *loading) place(key string) string {
	for {
		if place, ok := l.sources[key]; ok {
			return place
		}
		cut := strings.LastIndexAny(key, ".[")
		if cut < 0 {
			return ""
		}
		key = key[:cut]
	}
}

func (l *loading) readEnvironment() {
	names := make(map[string]*schema)
	var known []string
	for _, leaf := range root.leaves() {
		if name := leaf.env(); name != "" {
			names[name] = leaf
			known = append(known, name)
			l.viper.MustBindEnv(leaf.key, name)
		}
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		if leaf := names[name]; leaf != nil {
			l.sources[leaf.key] = "environment " + name
			continue
		}
		l.problems.add("environment "+name, "", "unknown variable, nearest is %s", nearest(name, known))
	}
}

func (l *loading) readFlags(flags map[string]string) {
	for key, text := range flags {
		if root.find(key) == nil {
			l.problems.add("flag", key, "unknown key, nearest is %s", nearest(key, root.keys()))
			continue
		}
		l.viper.Set(key, text)
		l.sources[key] = "flag"
	}
}

// decode brings viper's values into the struct. Files, environment and flags
// all give text; nothing is converted but what the hook converts.
func (l *loading) decode(c *Config) {
	err := l.viper.Unmarshal(c, func(d *mapstructure.DecoderConfig) {
		d.TagName = "key"
		d.WeaklyTypedInput = false
		d.ErrorUnused = true
		d.DecodeHook = fromText
	})
	for _, e := range flatten(err) {
		key, text := "", e.Error()
		if de, ok := errors.AsType[*mapstructure.DecodeError](e); ok {
			key, text = de.Name(), de.Unwrap().Error()
		}
		l.problems.add(l.place(key), key, "%s", text)
	}
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	if _, ok := err.(*mapstructure.DecodeError); !ok {
		if inner := errors.Unwrap(err); inner != nil {
			return flatten(inner)
		}
	}
	return []error{err}
}

var bareNumber = regexp.MustCompile(`^[+-]?[0-9.]+$`)

// fromText reads durations, whole numbers, true and false. The library's own hook
// would read 0012 as octal 10, and 15 as 15 nanoseconds.
func fromText(from, to reflect.Type, data any) (any, error) {
	text, ok := data.(string)
	if !ok || to.Kind() == reflect.String {
		return data, nil
	}
	switch {
	case to == durationType:
		if bareNumber.MatchString(text) {
			return nil, fmt.Errorf("%s has no unit: write %ss or %sm", text, text, text)
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no duration: write it like 30s, 5m or 1h30m", text)
		}
		return d, nil
	case to.Kind() == reflect.Int || to.Kind() == reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != text {
			return nil, fmt.Errorf("%q is no whole number: digits only, without a leading 0", text)
		}
		return n, nil
	case to.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return text == "true", nil
	case to.Kind() == reflect.Slice:
		return nil, errors.New("a list can stand in a file only")
	}
	return data, nil
}
