// Package columns writes lines of JSON so that they take few bytes, and reads
// them back byte for byte: what stands in the same place of many lines is kept
// together, as numbers, ids and hashes instead of their text, and what follows
// from the one before is not said at all. It knows nothing of what the lines mean:
// whatever does not look like our JSON is kept as it is.
//
// A line becomes a shape, which is its text with holes where values stood, and the
// values. Each hole of each shape has a column of what fills it; an array is a hole
// filled with how many elements there are and which shape each has, or that it is one
// of those before. The lines are the elements of one array that has no brackets.
//
// Coded, that is one zstd frame with all shapes and columns, behind it what no
// packing makes smaller: the bits of ids, hashes and ciphertext.
package columns

import (
	_ "embed"
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxDepth bounds how deep arrays stand in arrays.
	maxDepth = 16
	// maxShapes bounds the shapes of what is read, maxHoles the holes of all of them.
	maxShapes = 4096
	maxHoles  = 1 << 16
	// maxCoded bounds what the frame unpacks to.
	maxCoded = 8 << 20
)

// ErrTooLarge says that what is read would be larger than it may.
var ErrTooLarge = errors.New("read columns: too large")

// dictionary is how shapes and columns of our entries begin: both sides know it. It
// belongs to the form of what is coded; another one is another form.
//
//go:embed dictionary
var dictionary []byte

const dictionaryID = 1

var packer = sync.OnceValue(func() *zstd.Encoder {
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderDictRaw(dictionaryID, dictionary))
	return enc
})

var unpacker = sync.OnceValue(func() *zstd.Decoder {
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxCoded),
		zstd.WithDecoderMaxWindow(1<<20), zstd.WithDecoderDictRaw(dictionaryID, dictionary))
	return dec
})
