using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Data;

/// <summary>The chosen rows of a table as an <see cref="IDataView"/>. Each cursor reads the file anew; no row stays in memory.</summary>
internal sealed class TableDataView : IDataView
{
    private readonly Func<IEnumerable<TableRow>> _rows;
    private readonly RowLayout _layout;
    private readonly Func<int, bool> _isChosen;
    private readonly long _count;

    /// <summary>A view of some of a table's rows.</summary>
    /// <param name="rows">Reads all rows of the table, from the first.</param>
    /// <param name="layout">Names and types of the values.</param>
    /// <param name="isChosen">Whether the row of a number, from 0, belongs to the view.</param>
    /// <param name="count">How many rows belong to the view.</param>
    public TableDataView(Func<IEnumerable<TableRow>> rows, RowLayout layout, Func<int, bool> isChosen, long count)
    {
        _rows = rows;
        _layout = layout;
        _isChosen = isChosen;
        _count = count;
        Schema = layout.Schema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly TableDataView _view;
        private readonly bool[] _active;
        private readonly IEnumerator<TableRow> _rows;
        private long _position = -1;
        private int _tableRow = -1;

        public Cursor(TableDataView view, IEnumerable<DataViewSchema.Column> columnsNeeded)
        {
            _view = view;
            _active = new bool[view.Schema.Count];
            foreach (DataViewSchema.Column column in columnsNeeded)
                _active[column.Index] = true;
            _rows = view._rows().GetEnumerator();
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override bool MoveNext()
        {
            while (_rows.MoveNext())
            {
                _tableRow++;
                if (!_view._isChosen(_tableRow))
                    continue;
                _position++;
                return true;
            }
            _position = -1;
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_active[column.Index])
                throw new InvalidOperationException($"Column '{column.Name}' was not asked for when the cursor was opened.");
            Delegate getter = column.Type is TextDataViewType ? TextGetter(column.Index) : NumberGetter(column.Index);
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type}, not {typeof(TValue).Name}.");
        }

        private ValueGetter<ReadOnlyMemory<char>> TextGetter(int index)
        {
            // The row key has no place among the values.
            if (index >= _view._layout.Names.Count)
                return (ref ReadOnlyMemory<char> value) => value = _rows.Current.Key.AsMemory();
            return (ref ReadOnlyMemory<char> value) => value = _rows.Current.Values[index].AsMemory();
        }

        private ValueGetter<float> NumberGetter(int index) => (ref float value) =>
        {
            if (!RowCheck.TryParse(_rows.Current.Values[index], out value))
                value = float.NaN;
        };

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
