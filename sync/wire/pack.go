package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/loyaltyd/loyaltyd/sync/wire/columns"
)

// Zstd is the content encoding of both directions; gzip is read too.
const Zstd = "zstd"

// Columns is the content encoding of a batch for who said to take it (SayTaken):
// package columns'. What it unpacks to is the same message.
const Columns = "columns"

// PackColumns codes a message by columns.
func PackColumns(message []byte) []byte { return columns.Encode(message) }

var packer = sync.OnceValue(func() *zstd.Encoder {
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	return enc
})

// rowPacker takes half the time of packer for rows of the feed, and they come out
// smaller: most of them are ids and hashes, and what else they have they have in common.
var rowPacker = sync.OnceValue(func() *zstd.Encoder {
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
	return enc
})

var unpacker = sync.OnceValue(func() *zstd.Decoder {
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(MaxMessage),
		zstd.WithDecoderMaxWindow(1<<20))
	return dec
})

// Pack compresses a message with zstd.
func Pack(message []byte) []byte { return packer().EncodeAll(message, nil) }

// PackRows is Pack for a page of the feed that has many rows.
func PackRows(message []byte) []byte {
	return rowPacker().EncodeAll(message, make([]byte, 0, len(message)/4))
}

// Unpack undoes a content encoding. What would unpack to more than MaxMessage
// is a Refusal with CodeTooLarge, found before the memory is spent.
func Unpack(encoding string, packed []byte) ([]byte, error) {
	switch encoding {
	case "", "identity":
		if len(packed) > MaxMessage {
			return nil, Refuse(CodeTooLarge, "")
		}
		return packed, nil
	case Zstd:
		message, err := unpacker().DecodeAll(packed, nil)
		if err == zstd.ErrDecoderSizeExceeded || err == zstd.ErrWindowSizeExceeded {
			return nil, Refuse(CodeTooLarge, "")
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		return message, nil
	case Columns:
		message, err := columns.Decode(packed, MaxMessage)
		if errors.Is(err, columns.ErrTooLarge) {
			return nil, Refuse(CodeTooLarge, "")
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		return message, nil
	case "gzip":
		return gunzip(packed)
	}
	return nil, fmt.Errorf("unpack: content encoding %q is not known: send zstd or gzip", encoding)
}

func gunzip(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	message, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(message) > MaxMessage {
		return nil, Refuse(CodeTooLarge, "")
	}
	return message, nil
}
