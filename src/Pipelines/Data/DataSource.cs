using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Pipelines.Data;

/// <summary>Where the rows are, how they are stored, and how a test set is taken from them: the <c>data</c> section of a pipeline.</summary>
internal sealed record DataSource
{
    /// <summary>A folder of class folders, or a table file. Relative paths are relative to the pipeline file.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Train { get; init; } = "";

    /// <summary>The test set, in the same format as <see cref="Train"/>. Not together with <see cref="TestFraction"/> or <see cref="Folds"/>.</summary>
    public string? Test { get; init; }

    /// <summary>How the rows are stored. The default value is null: found from the path.</summary>
    public DataFormat? Format { get; init; }

    /// <summary>The column that holds the label. The default value is <c>Label</c>. An image folder's label is the folder's name.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Label { get; init; } = "Label";

    /// <summary>The delimiter of a delimited text. The default value is null: detected.</summary>
    [RegularExpression("^(?:[\\x01-\\x09\\x0B\\x0C\\x0E-\\x7F])$", ErrorMessage = "delimiter must be one ASCII character.")]
    public string? Delimiter { get; init; }

    /// <summary>Whether the first record of a delimited text holds the column names. The default value is null: detected.</summary>
    /// <remarks>Columns without names are called Column1, Column2 and so on.</remarks>
    public bool? Header { get; init; }

    /// <summary>Whether a delimited text quotes fields with <c>"</c> (RFC 4180). The default value is null: detected.</summary>
    public bool? Quotes { get; init; }

    /// <summary>The encoding of a delimited text or of JSON lines, by its IANA name. The default value is <c>utf-8</c>; a byte order mark goes first.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Encoding { get; init; } = "utf-8";

    /// <summary>What happens to a row that cannot be used. The default value is <see cref="RowErrorPolicy.Skip"/>.</summary>
    public RowErrorPolicy OnError { get; init; } = RowErrorPolicy.Skip;

    /// <summary>The share of the training rows, by class, that is held out as the test set. The default value is null: none.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double? TestFraction { get; init; }

    /// <summary>The number of folds of a stratified cross-validation. The default value is null: none.</summary>
    [Range(2, 100)]
    public int? Folds { get; init; }
}
