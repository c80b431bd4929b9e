package wire_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// bomb packs so many zeros.
func bomb(t *testing.T, size int64, writer func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := writer(&packed)
	if _, err := io.Copy(w, io.LimitReader(zeros{}, size)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func zstdWriter(options ...zstd.EOption) func(io.Writer) io.WriteCloser {
	return func(w io.Writer) io.WriteCloser {
		enc, err := zstd.NewWriter(w, append(options, zstd.WithEncoderConcurrency(1))...)
		if err != nil {
			panic(err)
		}
		return enc
	}
}

func gzipWriter(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

// A small message that would unpack to a gibibyte is refused before the memory
// is spent, whatever its header promises.
func TestUnpackBomb(t *testing.T) {
	small := zstd.WithWindowSize(1 << 20)
	enc, err := zstd.NewWriter(nil, small)
	if err != nil {
		t.Fatal(err)
	}
	frame := enc.EncodeAll(make([]byte, 3<<20), nil) // tells its size
	for _, c := range []struct {
		name, encoding string
		packed         []byte
	}{
		{"zstd", wire.Zstd, bomb(t, 1<<30, zstdWriter(small))},
		{"zstd with a large window", wire.Zstd, bomb(t, 64<<20, zstdWriter(zstd.WithWindowSize(32<<20)))},
		{"zstd that tells its size", wire.Zstd, enc.EncodeAll(make([]byte, 64<<20), nil)},
		{"zstd in many frames", wire.Zstd, bytes.Repeat(frame, 300)},
		{"gzip", "gzip", bytes.Repeat(bomb(t, 16<<20, gzipWriter), 64)}, // members of one stream
		{"nothing packed", "", make([]byte, wire.MaxMessage+1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.encoding != "" && len(c.packed) > 2*wire.MaxRequest {
				t.Fatalf("the bomb has %d bytes", len(c.packed))
			}
			before := allocated()
			_, err := wire.Unpack(c.encoding, c.packed)
			spent := allocated() - before
			var refusal *wire.Refusal
			if !errors.As(err, &refusal) || refusal.Code != wire.CodeTooLarge {
				t.Errorf("got %v", err)
			}
			if spent > 32<<20 {
				t.Errorf("took %d MiB", spent>>20)
			}
		})
	}
}

// allocated is all that was ever allocated, so that nothing freed is missed.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// What was packed is had again, up to the bound.
func TestPack(t *testing.T) {
	noise := make([]byte, wire.MaxRequest)
	rand.Read(noise)
	for name, message := range map[string][]byte{
		"nothing": {}, "words": []byte("abc"), "the most there may be": make([]byte, wire.MaxMessage), "noise": noise,
	} {
		got, err := wire.Unpack(wire.Zstd, wire.Pack(message))
		if err != nil || !bytes.Equal(got, message) {
			t.Errorf("zstd, %s: %d bytes of %d, %v", name, len(got), len(message), err)
		}
		zipped := bomb(t, int64(len(message)), gzipWriter)
		if got, err := wire.Unpack("gzip", zipped); err != nil || len(got) != len(message) {
			t.Errorf("gzip, %s: %d bytes of %d, %v", name, len(got), len(message), err)
		}
	}
}

// What is damaged, cut off or unknown is an error and never half a message.
func TestUnpackDamaged(t *testing.T) {
	packed := wire.Pack(bytes.Repeat([]byte("abc"), 1000))
	zipped := bomb(t, 1000, gzipWriter)
	for _, c := range []struct {
		name, encoding string
		packed         []byte
	}{
		{"zstd cut off", wire.Zstd, packed[:len(packed)-3]},
		{"zstd of nothing", wire.Zstd, []byte("hello")},
		{"gzip cut off", "gzip", zipped[:len(zipped)-3]},
		{"gzip of nothing", "gzip", []byte("hello")},
		{"unknown", "br", []byte("hello")},
	} {
		if got, err := wire.Unpack(c.encoding, c.packed); err == nil {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
