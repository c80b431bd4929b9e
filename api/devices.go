package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/device"
)

// Devices are what is at the till, which the POS may share with the counter. Their
// methods may be called from any goroutine.
type Devices interface {
	// List tells each, by name.
	List() []Device
	// PrintLines and PrintRaw queue a job of the POS at the printer of a name, or the
	// first where that is empty; they return its name at once. Their errors are
	// ErrNoDevice, ErrForeign and those of device.POSPrinter.
	PrintLines(printer string, lines []string) (string, error)
	PrintRaw(printer string, job []byte) (string, error)
	// Lend shows two lines while nobody is served, for so long; none takes them off.
	// here says whether they are shown now. Without a display it is ErrNoDevice.
	Lend(ctx context.Context, upper, lower string, last time.Duration) (here bool, err error)
}

// ErrNoDevice says that there is no device of this name, or of this kind; ErrForeign
// that the bytes of a job must not go to a printer that others share.
var (
	ErrNoDevice = errors.New("no such device")
	ErrForeign  = errors.New("the job must not be printed")
)

// Device is one of the till's devices as it was seen last.
type Device struct {
	Name    string         `json:"device" example:"front"`
	Kind    string         `json:"kind" enum:"keypad,scanner,display,printer"`
	Online  bool           `json:"online"`
	Since   *time.Time     `json:"since,omitempty" doc:"it is online, or not; absent where nothing was seen yet"`
	Why     string         `json:"why,omitempty" doc:"it is offline"`
	Status  string         `json:"status,omitempty" doc:"what a printer says of itself" example:"ready"`
	Fault   bool           `json:"fault,omitempty" doc:"as long as it says so, nothing is printed"`
	Problem *DeviceProblem `json:"last_problem,omitempty" doc:"also where it is over"`
}

// DeviceProblem is something that was the matter with a device.
type DeviceProblem struct {
	What string    `json:"what"`
	At   time.Time `json:"at"`
}

type devicesOutput struct{ Body DeviceList }

// DeviceList are the devices of the configuration.
type DeviceList struct {
	Devices []Device `json:"devices"`
}

type printInput struct{ Body Print }

// Print is a paper of the POS's: lines of text, or the printer's own bytes.
type Print struct {
	ID     string   `json:"print_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"the POS's own, kept through retries: a paper is printed once"`
	Device string   `json:"device,omitempty" maxLength:"64" doc:"a printer's name; the first where absent"`
	Lines  []string `json:"lines,omitempty" maxItems:"300" doc:"text, a line each, in the printer's letters; nothing in it commands the printer. A cut follows"`
	Raw    []byte   `json:"raw,omitempty" maxLength:"21848" doc:"instead of lines: bytes as the printer takes them, base64, up to 16 KiB, the cut among them. What they set is taken back before the next receipt"`
}

type printOutput struct{ Body Printed }

// Printed is a job that a printer's queue has taken: plain ESC/POS confirms no more.
type Printed struct {
	ID     string `json:"print_id"`
	Device string `json:"device"`
	Repeat bool   `json:"repeat,omitempty" doc:"it was taken before, and is not printed again"`
}

type displayInput struct{ Body Shown }

// Shown are two lines for the customer display.
type Shown struct {
	Lines   []string `json:"lines" minItems:"1" maxItems:"2" doc:"of 20 cells each; longer ones run past"`
	Seconds int      `json:"seconds,omitempty" minimum:"1" maximum:"600" default:"60" doc:"how long they stand where nothing takes their place"`
}

type displayOutput struct{ Body Lent }

// Lent says whether the display shows it now.
type Lent struct {
	Here bool `json:"shown" doc:"false while a customer is served at the counter: it comes when she is gone, if its time is not over"`
}

func (s *Server) routeDevices(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "list-devices", Method: http.MethodGet, Path: "/v1/devices", Summary: "Keypads, scanners, displays and printers",
		Description: "As they were seen last; the events stream tells of changes.", Security: tokenNeeded, Errors: []int{401, 403, 503},
	}, s.listDevices)
	register(routes, huma.Operation{
		OperationID: "print", Method: http.MethodPost, Path: "/v1/print", Summary: "Print a paper of the POS",
		Description: "For a POS that shares the till's printer. Taken is not printed: the events stream tells of a printer that runs out of paper. The same print_id again prints nothing, as long as the till is not started anew and of the last 256. Receipts of the counter come first where a printer is busy: the answer is then a problem of type printer-busy.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 503},
	}, s.print)
	register(routes, huma.Operation{
		OperationID: "show", Method: http.MethodPut, Path: "/v1/display", Summary: "Show text of the POS to the customer",
		Description: "While nobody is served at the counter; who keys her number has the display at once. The latest text wins.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 413, 422, 503},
	}, s.show)
	huma.Register(routes, huma.Operation{
		OperationID: "clear-display", Method: http.MethodDelete, Path: "/v1/display", Summary: "Take the POS's text off the display",
		DefaultStatus: http.StatusNoContent, Security: tokenNeeded, Errors: []int{401, 403, 404, 503},
	}, s.clearDisplay)
}

func (s *Server) listDevices(context.Context, *struct{}) (*devicesOutput, error) {
	return &devicesOutput{DeviceList{s.Devices.List()}}, nil
}

func (s *Server) print(_ context.Context, in *printInput) (*printOutput, error) {
	if (len(in.Body.Lines) > 0) == (len(in.Body.Raw) > 0) {
		return nil, problem(badPrint, "say one of lines and raw")
	}
	asked, err := json.Marshal(in.Body)
	if err != nil {
		return nil, s.problemOf(err)
	}
	printed, err := s.papers.once(in.Body.ID, sha256.Sum256(asked), func() (string, error) { return s.queue(in.Body) })
	if err != nil {
		return nil, s.deviceProblem(err)
	}
	return &printOutput{printed}, nil
}

func (s *Server) queue(p Print) (printer string, err error) {
	if len(p.Raw) > 0 {
		return s.Devices.PrintRaw(p.Device, p.Raw)
	}
	return s.Devices.PrintLines(p.Device, p.Lines)
}

func (s *Server) show(ctx context.Context, in *displayInput) (*displayOutput, error) {
	lines := append(in.Body.Lines, "")
	for _, line := range lines {
		if len(line) > maxShown {
			return nil, problem(badPrint, "a line has more than 200 bytes")
		}
	}
	here, err := s.Devices.Lend(ctx, lines[0], lines[1], time.Duration(in.Body.Seconds)*time.Second)
	if err != nil {
		return nil, s.deviceProblem(err)
	}
	return &displayOutput{Lent{here}}, nil
}

// maxShown is how many bytes a line of the display may have.
const maxShown = 200

func (s *Server) clearDisplay(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if _, err := s.Devices.Lend(ctx, "", "", 0); err != nil {
		return nil, s.deviceProblem(err)
	}
	return nil, nil
}

// deviceProblem is what stands between a POS and a device.
func (s *Server) deviceProblem(err error) error {
	switch {
	case errors.Is(err, ErrForeign):
		return problem(badPrint, err.Error())
	case errors.Is(err, device.ErrTooLarge):
		return problem(tooLarge, "")
	case errors.Is(err, device.ErrFull):
		p := problem(printBusy, "")
		p.retryAfter = time.Second
		return p
	case errors.Is(err, device.ErrOffline), errors.Is(err, device.ErrNoPaper), errors.Is(err, device.ErrCoverOpen):
		return problem(noPrint, err.Error())
	}
	return s.problemOf(err)
}
