using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Data;

/// <summary>Which values of a table's row become which columns of a view, under the names that the pipeline uses.</summary>
internal sealed class RowLayout
{
    private readonly List<string> _names = [];
    private readonly List<int> _tableColumns = [];
    private readonly List<bool> _isNumber = [];

    private RowLayout()
    {
    }

    /// <summary>Indexes of the table's columns, in the order of the values.</summary>
    public IReadOnlyList<int> TableColumns => _tableColumns;

    /// <summary>Names in the view, in the order of the values.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Whether a value becomes a number (else text).</summary>
    public IReadOnlyList<bool> IsNumber => _isNumber;

    /// <summary>Looks up the columns in a table.</summary>
    /// <exception cref="UserException">A column is missing, or stands more than once; the nearest name is suggested.</exception>
    public static RowLayout Create(ITable table, DataColumns columns)
    {
        var layout = new RowLayout();
        if (columns.Label is { } label)
            layout.Add(table, label, columns.LabelKind == LabelKind.Number, "data.label");
        foreach (string name in columns.Texts.SelectMany(input => input))
            layout.Add(table, name, isNumber: false, "features");
        foreach (string name in columns.Images)
            layout.Add(table, name, isNumber: false, "features");
        foreach (string name in columns.Numbers)
            layout.Add(table, name, isNumber: true, "features");
        foreach (string name in columns.Categories)
            layout.Add(table, name, isNumber: false, "features");
        return layout;
    }

    /// <summary>The place of a column among the values.</summary>
    public int IndexOf(string name) => _names.IndexOf(name);

    /// <summary>The view's schema: the columns of the layout, and <see cref="DataColumns.RowKey"/>.</summary>
    public DataViewSchema Schema()
    {
        var builder = new DataViewSchema.Builder();
        for (int i = 0; i < _names.Count; i++)
            builder.AddColumn(_names[i], _isNumber[i] ? NumberDataViewType.Single : TextDataViewType.Instance);
        if (!_names.Contains(DataColumns.RowKey, StringComparer.Ordinal))
            builder.AddColumn(DataColumns.RowKey, TextDataViewType.Instance);
        return builder.ToSchema();
    }

    private void Add(ITable table, string name, bool isNumber, string askedBy)
    {
        int column = Find(table, name, askedBy);
        int known = IndexOf(name);
        if (known < 0)
        {
            _names.Add(name);
            _tableColumns.Add(column);
            _isNumber.Add(isNumber);
        }
        else if (_isNumber[known] != isNumber)
        {
            throw new UserException($"Column '{name}' is asked for as a number and as text. Use it as one of the two.");
        }
    }

    // The exact name goes first; a name that differs in case only is taken when it is the only one.
    private static int Find(ITable table, string name, string askedBy)
    {
        int[] exact = Indexes(table, name, StringComparison.Ordinal);
        int[] found = exact.Length > 0 ? exact : Indexes(table, name, StringComparison.OrdinalIgnoreCase);
        return found.Length switch
        {
            1 => found[0],
            0 => throw new UserException(
                $"{table.Path} has no column '{name}' ({askedBy}). {Suggestion(name, table.Columns)}Its columns: {string.Join(", ", table.Columns)}."),
            _ => throw new UserException(
                $"{table.Path} has {found.Length} columns that are called '{name}' ({askedBy}), the {string.Join(" and the ", found.Select(index => $"{index + 1}."))}. Rename all but one in the file."),
        };
    }

    private static int[] Indexes(ITable table, string name, StringComparison comparison) =>
        [.. Enumerable.Range(0, table.Columns.Count).Where(index => string.Equals(table.Columns[index], name, comparison))];

    private static string Suggestion(string name, IReadOnlyList<string> columns) =>
        EditDistance.Nearest(name, columns) is { } nearest ? $"Did you mean '{nearest}'? " : "";
}
