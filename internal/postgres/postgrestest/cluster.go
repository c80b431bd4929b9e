// Package postgrestest runs a real PostgreSQL for tests: a cluster of its own in
// a temporary folder, reached over a socket there, kept for the whole run of a
// package's tests, with a schema for each test.
package postgrestest

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// owner is the cluster's, as the server knows it.
const owner = "loyaltyd"

// Cluster is a running server.
type Cluster struct {
	bin  string // folder of the server's programs
	dir  string // ours: data, socket, log
	as   *account
	made atomic.Int64 // schemas
	// shell cleans up once its standard input closes: with this process at the latest,
	// and as soon as nobody refers to the pipe any more, which the garbage collector
	// closes then.
	shell    *exec.Cmd
	pipe     io.Closer
	standbys []*Cluster // live as long as this does
}

var shared = sync.OnceValues(func() (*Cluster, error) { return start() })

// Shared returns the cluster that a package's tests share; the first to ask
// starts it. Whoever stops it, or changes what holds for all, makes its own by
// New.
func Shared(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// New returns a cluster for one test, at whose end it is stopped and removed.
func New(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := start()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.end)
	return c
}

// end stops and removes the cluster and its standbys. That a test has it to be done
// keeps them until then, whoever still refers to them.
func (c *Cluster) end() {
	for _, s := range c.standbys {
		s.end()
	}
	_ = errors.Join(c.pipe.Close(), c.shell.Wait()) // a server that a test stopped cannot be stopped
}

// programs finds where the server's programs are: Debian keeps them off PATH.
func programs() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		found, err := filepath.EvalSymlinks(found)
		return filepath.Dir(found), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL's server is not installed: make tools-test, or install Debian's postgresql")
	}
	return filepath.Dir(slices.Max(found)), nil
}

func start() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, as: as}
	if err := c.make(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// make initializes the cluster, starts it, and has it stopped and removed when
// this process is gone, in whichever way. Its own order of texts is not that of
// bytes, so that a query which relies on the server's is found.
func (c *Cluster) make() error {
	if err := c.as.own(c.dir); err != nil {
		return err
	}
	err := c.run("initdb", "--no-sync", "--auth=trust", "--username="+owner, "--encoding=UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", c.data())
	if err != nil {
		return err
	}
	if err := c.askGuarded(); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	return c.guard()
}

// Guarded is the only user whom the server asks for a password; a test makes it.
const Guarded = "guarded"

func (c *Cluster) askGuarded() error {
	path := filepath.Join(c.data(), "pg_hba.conf")
	rules, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte("local all "+Guarded+" scram-sha-256\n"), rules...), 0o600)
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// guard leaves a shell behind that waits for the end of this process.
func (c *Cluster) guard() error {
	const script = `read -r _; "$1" -D "$2" -m immediate stop; rm -rf "$3"`
	c.shell = exec.Command("sh", "-c", script, "sh", filepath.Join(c.bin, "pg_ctl"), c.data(), c.dir)
	c.as.drop(c.shell)
	pipe, err := c.shell.StdinPipe()
	if err != nil {
		return err
	}
	c.pipe = pipe
	return c.shell.Start()
}

// Start starts a stopped server, with settings as in "max_connections=5".
func (c *Cluster) Start(settings ...string) error {
	options := []string{"-c listen_addresses=", "-c unix_socket_directories=" + c.dir, "-c shared_buffers=16MB"}
	for _, s := range settings {
		options = append(options, "-c "+s)
	}
	return c.run("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-w", "-o", strings.Join(options, " "), "start")
}

// Stop stops the server: smart, fast, or immediate, which is a crash.
func (c *Cluster) Stop(mode string) error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-m", mode, "stop")
}

func (c *Cluster) run(program string, args ...string) error {
	command := exec.Command(filepath.Join(c.bin, program), args...)
	command.Dir = "/"
	c.as.drop(command)
	out, err := os.Create(filepath.Join(c.dir, program+".out")) // a pipe would wait for the server, which inherits it
	if err != nil {
		return err
	}
	defer out.Close()
	command.Stdout, command.Stderr = out, out
	if err := command.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}

// URL returns the server's.
func (c *Cluster) URL() string {
	return fmt.Sprintf("postgres://%s@/postgres?host=%s", owner, url.QueryEscape(c.dir))
}

// Database returns the URL of an empty database: a schema of its own, which
// costs a hundredth of what a database does.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test%d", c.made.Add(1))
	c.Exec(tb, c.URL(), "CREATE SCHEMA "+name)
	return c.URL() + "&options=-csearch_path%3D" + name // psql knows no other way
}

// Copy returns the URL of a copy of a database, as a backup would have it.
func (c *Cluster) Copy(tb testing.TB, database string) string {
	tb.Helper()
	to := c.Database(tb)
	c.Exec(tb, to, fmt.Sprintf(`
		DO $$ DECLARE t text; BEGIN
			FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%[1]s' LOOP
				EXECUTE format('CREATE TABLE %%I (LIKE %[1]s.%%I INCLUDING ALL)', t, t);
				EXECUTE format('INSERT INTO %%I SELECT * FROM %[1]s.%%I', t, t);
			END LOOP;
		END $$`, c.Exec(tb, database, "SELECT current_schema()")))
	return to
}

// Exec runs SQL on a database, behind the back of whoever has it open, and
// returns what psql prints of its results, without headers.
func (c *Cluster) Exec(tb testing.TB, database, sql string) string {
	tb.Helper()
	psql := exec.Command(filepath.Join(c.bin, "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql)
	out, err := psql.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s: %v: %s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}
