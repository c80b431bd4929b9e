package postgres

import (
	"database/sql"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"
)

// assign copies a column's value into a destination by the rules of
// database/sql, which keeps them to itself but for Null.
func assign(dest, value any) error {
	value, err := widened(value)
	if err != nil {
		return err
	}
	if scanner, ok := dest.(sql.Scanner); ok {
		return scanner.Scan(value)
	}
	to := reflect.ValueOf(dest)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("%T is nowhere to copy to", dest)
	}
	to = to.Elem()
	switch to.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scan(value, to, func(n int64) bool { to.SetInt(n); return !to.OverflowInt(n) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return scan(value, to, func(n uint64) bool { to.SetUint(n); return !to.OverflowUint(n) })
	case reflect.Bool:
		return scan(value, to, func(b bool) bool { to.SetBool(b); return true })
	case reflect.String:
		return scan(value, to, func(s string) bool { to.SetString(s); return true })
	case reflect.Slice:
		if value == nil {
			to.SetZero()
			return nil
		}
		return scan(value, to, func(b []byte) bool { to.SetBytes(b); return true })
	case reflect.Interface:
		if value == nil {
			to.SetZero()
			return nil
		}
		to.Set(reflect.ValueOf(value))
		return nil
	}
	return fmt.Errorf("cannot copy a %T into a %s", value, to.Type())
}

// scan lets database/sql convert a value, and stores it; set says whether it
// fits.
func scan[T any](value any, to reflect.Value, set func(T) bool) error {
	var n sql.Null[T]
	if err := n.Scan(value); err != nil {
		return err
	}
	if !n.Valid {
		return fmt.Errorf("NULL does not fit a %s", to.Type())
	}
	if !set(n.V) {
		return fmt.Errorf("%v does not fit a %s", value, to.Type())
	}
	return nil
}

// widened gives integers of every width as int64, also sums, which the server
// has without a limit.
func widened(value any) (any, error) {
	switch v := value.(type) {
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case pgtype.Numeric:
		n, err := v.Int64Value()
		if err != nil {
			return nil, err
		}
		return n.Int64, nil
	}
	return value, nil
}
