package serialport_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device/serialport"
)

// victims returns empty files that take the descriptors free now.
func victims(t *testing.T) []*os.File {
	t.Helper()
	dir := t.TempDir()
	files := make([]*os.File, 64)
	for i := range files {
		f, err := os.Create(filepath.Join(dir, "victim"+string(rune('A'+i))+".db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		files[i] = f
	}
	return files
}

func bytesIn(t *testing.T, files []*os.File) int64 {
	t.Helper()
	var total int64
	for _, f := range files {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	return total
}

// The bare library writes a receipt into a database that reuses the descriptor.
// The wrapped port gives an error and touches nothing.
func TestWriteAfterClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	plug(t, path)
	line, err := serialport.OpenLine(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Close(time.Second); err != nil {
		t.Fatal(err)
	}
	files := victims(t)
	if err := line.Write([]byte("receipt")); !errors.Is(err, serialport.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if _, err := line.Read(make([]byte, 1)); !errors.Is(err, serialport.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if err := line.Discard(); !errors.Is(err, serialport.ErrClosed) {
		t.Errorf("Discard after Close: %v", err)
	}
	if err := line.Close(time.Second); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if n := bytesIn(t, files); n != 0 {
		t.Fatalf("%d bytes were written into other files", n)
	}

	// That the files above stood in the way is shown by the bare library.
	line.Bare().Write([]byte("receipt"))
	if bytesIn(t, files) == 0 {
		t.Log("the bare library no longer writes after Close; the wrapper may become simpler")
	}
}

// Calls that race with Close never outlive the descriptor.
func TestCallsRacingClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	for range 10 {
		master := plug(t, path)
		line, err := serialport.OpenLine(path)
		if err != nil {
			t.Fatal(err)
		}
		go io.Copy(io.Discard, master) // until the line is closed
		started := make(chan struct{}, 2)
		var calls sync.WaitGroup
		for _, call := range []func() error{
			func() error { return line.Write([]byte("x")) },
			func() error { _, err := line.Read(make([]byte, 8)); return err },
		} {
			calls.Go(func() {
				err := call()
				started <- struct{}{}
				for err == nil {
					err = call()
				}
				if !errors.Is(err, serialport.ErrClosed) {
					t.Errorf("ended with %v", err)
				}
			})
		}
		<-started
		if err := line.Close(patience); err != nil {
			t.Errorf("Close: %v", err)
		}
		files := victims(t)
		calls.Wait()
		if n := bytesIn(t, files); n != 0 {
			t.Fatalf("%d bytes were written into other files", n)
		}
		for _, f := range files {
			f.Close()
		}
	}
}
