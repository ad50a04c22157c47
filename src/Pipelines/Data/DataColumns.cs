namespace MLTransfer.Pipelines.Data;

/// <summary>The columns that a pipeline reads, by what they hold. Rows are checked against it.</summary>
internal sealed record DataColumns
{
    /// <summary>The column of an image folder that holds the full path of the image.</summary>
    public const string ImagePath = "ImagePath";

    /// <summary>The column that every view has: what names the row in messages and in the predictions' file.</summary>
    /// <remarks>An image's path relative to its data folder; <c>file.csv:12</c> (the line) for text; <c>file.parquet:12</c> (the row, from 1).</remarks>
    public const string RowKey = "RowKey";

    /// <summary>The label column; null where rows have none (prediction).</summary>
    public string? Label { get; init; } = "Label";

    /// <summary>What the label is. The default value is <see cref="LabelKind.Class"/>.</summary>
    public LabelKind LabelKind { get; init; } = LabelKind.Class;

    /// <summary>
    /// Text inputs. Each input is one column, or several that are joined: a row is unusable when all columns of an input are empty.
    /// A sentence pair is two inputs.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Texts { get; init; } = [];

    /// <summary>Columns with paths of images, relative to the table's folder.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Columns with numbers.</summary>
    public IReadOnlyList<string> Numbers { get; init; } = [];

    /// <summary>Columns with categories; an empty value is a category of its own.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
}
