using System.Globalization;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Data;

/// <summary>Finds what makes a row unusable for a pipeline.</summary>
internal sealed class RowCheck
{
    private readonly DataColumns _columns;
    private readonly RowLayout _layout;
    private readonly int _label;
    private readonly int[][] _texts;
    private readonly int[] _images;
    private readonly int[] _numbers;

    public RowCheck(DataColumns columns, RowLayout layout)
    {
        _columns = columns;
        _layout = layout;
        _label = columns.Label is { } label ? layout.IndexOf(label) : -1;
        _texts = [.. columns.Texts.Select(input => input.Select(layout.IndexOf).ToArray())];
        _images = [.. columns.Images.Select(layout.IndexOf)];
        _numbers = [.. columns.Numbers.Select(layout.IndexOf)];
    }

    /// <summary>The row's label; null without a label column.</summary>
    public string? Label(string?[] values) => _label < 0 ? null : values[_label];

    /// <summary>What is wrong with the row, or null.</summary>
    public RowProblem? Problem(TableRow row)
    {
        if (row.Problem is { } broken)
            return broken;
        string?[] values = row.Values;
        if (_label >= 0 && string.IsNullOrWhiteSpace(values[_label]))
            return new RowProblem(RowProblemKind.EmptyLabel, $"the label column '{_columns.Label}' is empty");
        if (_label >= 0 && _columns.LabelKind == LabelKind.Number && !IsFinite(values[_label]))
            return NotANumber(_label, values);
        foreach (int[] input in _texts)
        {
            if (input.All(index => string.IsNullOrWhiteSpace(values[index])))
                return new RowProblem(RowProblemKind.EmptyText, $"{Named(input)} without text");
        }
        foreach (int index in _numbers)
        {
            if (!IsFinite(values[index]))
                return NotANumber(index, values);
        }
        foreach (int index in _images)
        {
            if (string.IsNullOrWhiteSpace(values[index]))
                return new RowProblem(RowProblemKind.MissingImage, $"the image column '{_layout.Names[index]}' is empty");
            if (ImageHeader.Problem(values[index]!) is { } problem)
                return problem;
        }
        return null;
    }

    /// <summary>Parses a number as all tables write it: with a decimal point, in any of .NET's invariant float styles.</summary>
    public static bool TryParse(string? text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static bool IsFinite(string? text) => TryParse(text, out float value) && float.IsFinite(value);

    private RowProblem NotANumber(int index, string?[] values) => new(
        RowProblemKind.NotANumber, $"column '{_layout.Names[index]}' holds '{values[index]}' where a finite number was expected");

    private string Named(int[] input) =>
        (input.Length == 1 ? "column " : "columns ") + string.Join(", ", input.Select(index => $"'{_layout.Names[index]}'"));
}
