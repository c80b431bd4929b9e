package page_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// mostBytes is what all assets together may take on their way to a browser, but
// those of the page of the API.
const mostBytes = 150 << 10

func TestAssetsAreSmall(t *testing.T) {
	files, err := filepath.Glob("assets/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	total := 0
	for _, file := range files {
		if file == "assets/docs.css" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(text) // into memory
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		total += packed.Len()
	}
	if t.Logf("%d bytes, gzipped", total); total > mostBytes {
		t.Errorf("%d bytes, at most %d", total, mostBytes)
	}
}

// No asset names an address in the internet, but as the name of a namespace.
func TestAssetsStayHere(t *testing.T) {
	files, _ := filepath.Glob("assets/*")
	elsewhere := regexp.MustCompile(`(url\(|import |src=|href=|fetch\()["']?(https?:)?//`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := elsewhere.Find(text); found != nil {
			t.Errorf("%s loads from elsewhere: %s", file, found)
		}
	}
}
