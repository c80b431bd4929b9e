package columns_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/sync/wire/columns"
)

const most = 4 << 20

func same(t testing.TB, message []byte) {
	t.Helper()
	got, err := columns.Decode(columns.Encode(message), max(len(message), 1))
	if err != nil || !bytes.Equal(got, message) {
		t.Errorf("%.200q is read as %.200q: %v", message, got, err)
	}
}

// Batches of entries of every kind are read back byte for byte.
func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		same(t, s.message)
	}
}

// Whatever else a line may be is read back byte for byte.
func TestAnyLine(t *testing.T) {
	for _, line := range []string{
		"", "\n", "\n\n", "a", "{}", "[]", "{}\n{}", `""`, `"`, `"\"`, `"\\"`, `{"a":}`, `{"a":1`, `{"a":1}}`, `{"a" :1}`, `[1,]`, `[,1]`, `{,}`, `[1 ,2]`,
		`0`, `-0`, `00`, `-`, `1e5`, `1.50`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `+1`,
		`true`, `truefalse`, `[true,false,null]`, `nul`, "{\"a\x01\":1}", "\"\x01\x02\x03\"", "\x01", "\xff\xfe", "{\"a\":1}\r\n",
		`[[[[1],[2]],[[1],[2]]]]`, strings.Repeat("[", 40) + strings.Repeat("]", 40), strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
		`["01a21a74-2016-7cdb-bf60-f2d252ff23c1","01a21a74-2016-7cdb-3f60-f2d252ff23c1","01A21a74-2016-7cdb-bf60-f2d252ff23c1"]`,
		`["00000000-0000-0000-0000-000000000000","ffffffff-ffff-ffff-ffff-ffffffffffff"]`,
		`["ffffffff-ffff-7fff-bfff-ffffffffffff","00000000-0000-7000-8000-000000000000"]`,
		`["sale:01a21a74-2016-4cdb-bf60-f2d252ff23c1","sale:01a21a74-2016-4cdb-bf60-f2d252ff23c2"]`,
		`["a1","a2","a03"]`, `["a001","a999","a000"]`, `["000000000000000001","999999999999999999"]`, `["0000000000000000001","9999999999999999999"]`,
		`["deadbeef","00000000","ffffffff"]`, `["DEADBEEF","deadbeef"]`, `["AAAAAAAAAAAAAAAAAAAAAA==","AAAAAAAAAAAAAAAAAAAAAB=="]`,
		"{\"id\":\"abcdefghij\",\"of\":\"x:abcdefghij\"}\n{\"id\":\"klmnopqrst\",\"of\":\"x:klmnopqrst\"}\n",
		"{\"id\":\"abcdefghij\",\"of\":\"x:abcdefghij\"}\n{\"id\":\"klmnopqrst\",\"of\":\"y:klmnopqrst\"}\n",
		`[{"a":[1,2]},{"a":[1,2]},{"a":[1,2]},{"a":[3]},{"a":[1,2]}]`,
	} {
		same(t, []byte(line))
		same(t, []byte(strings.Repeat(line+"\n", 3)))
	}
}

// So are lines of any structure, with values that follow from each other or not.
func TestRandomLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{"sale", "x", "", "food"}), rapid.StringMatching(`[ -~]{0,12}`), rapid.StringMatching(`s-0[0-9]{3}`),
			rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`), rapid.StringMatching(`[0-9a-f]{16}`))
		number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 20))
		pair := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf(`{"k":%q,"n":%d}`, text.Draw(t, "k"), number.Draw(t, "n"))
		})
		line := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf(`{"id":%q,"of":%q,"n":%d,"all":[%s]}`, text.Draw(t, "id"), text.Draw(t, "of"), number.Draw(t, "n"),
				strings.Join(rapid.SliceOfN(pair, 0, 5).Draw(t, "all"), ","))
		})
		lines := rapid.SliceOfN(rapid.OneOf(line, line, line, rapid.String()), 0, 20).Draw(t, "lines")
		message := []byte(strings.Join(lines, "\n"))
		got, err := columns.Decode(columns.Encode(message), max(len(message), 1))
		if err != nil || !bytes.Equal(got, message) {
			t.Errorf("%q is read as %q: %v", message, got, err)
		}
	})
}

// A small message that would become a large one is refused before the memory is
// spent; one that is exactly as large as it may be is read.
func TestBound(t *testing.T) {
	message := []byte(strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+"\"}\n", 5000))
	coded := columns.Encode(message)
	if len(coded) > 2000 {
		t.Fatalf("the bomb has %d bytes", len(coded))
	}
	if _, err := columns.Decode(coded, len(message)-1); !errors.Is(err, columns.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if got, err := columns.Decode(coded, len(message)); err != nil || !bytes.Equal(got, message) {
		t.Errorf("the most there may be: %v", err)
	}
	plain, bits := columns.Apart(message)
	_, n := binary.Uvarint(plain)
	lying := append(binary.AppendUvarint(nil, 10), plain[n:]...)
	if _, err := columns.Together(lying, bits, most); err == nil {
		t.Error("a message larger than it says was read")
	}
}

// What is cut off or has more behind it than values is an error, never half a message.
func TestDamaged(t *testing.T) {
	message := samples(t)[0].message
	coded := columns.Encode(message)
	for i := range coded {
		if got, err := columns.Decode(coded[:i], most); err == nil {
			t.Fatalf("of %d bytes the first %d are read: %d bytes", len(coded), i, len(got))
		}
	}
}

// Nothing that comes in makes Decode panic or write more than it may; what it reads,
// written again, is read as the same.
func FuzzDecode(f *testing.F) {
	messages := [][]byte{[]byte(`[[1,2],[1,2],[1,2]]`)}
	for _, s := range samples(f) {
		messages = append(messages, s.message)
	}
	for _, message := range messages {
		plain, bits := columns.Apart(message)
		f.Add(plain, bits)
	}
	f.Fuzz(func(t *testing.T, plain, bits []byte) {
		const most = 1 << 16
		message, err := columns.Together(plain, bits, most)
		if err != nil {
			return
		}
		if len(message) > most {
			t.Fatalf("wrote %d bytes", len(message))
		}
		same(t, message)
	})
}
