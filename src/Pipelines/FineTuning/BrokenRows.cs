using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Rows that turn out to be broken when they are decoded: counted and named, or fatal, as <c>data.onError</c> says.</summary>
/// <param name="rows">The rows, with their keys.</param>
/// <param name="onError">What is done with them.</param>
internal sealed class BrokenRows(IDataView rows, RowErrorPolicy onError)
{
    private const int ExamplesKept = 10;

    private readonly Lazy<string[]> _keys = new(() => [.. rows.GetColumn<ReadOnlyMemory<char>>(DataColumns.RowKey).Select(static key => key.ToString())]);
    private readonly List<string> _examples = [];

    /// <summary>Rows that were left out.</summary>
    public int Skipped { get; private set; }

    /// <summary>What was wrong with the first of them.</summary>
    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Takes a broken row.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <exception cref="UserException">The policy is <see cref="RowErrorPolicy.Fail"/>.</exception>
    public void Reject(int row, UserException error)
    {
        if (onError == RowErrorPolicy.Fail)
        {
            throw new UserException(
                $"{_keys.Value[row]} cannot be used and data.onError is \"fail\": {error.Message} Mend the row, or set data.onError to \"skip\" to leave such rows out.", error);
        }

        Skipped++;
        if (_examples.Count < ExamplesKept)
        {
            _examples.Add(string.Create(CultureInfo.InvariantCulture, $"{_keys.Value[row]}: {error.Message}"));
        }
    }
}
