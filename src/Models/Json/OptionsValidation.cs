using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Json;

/// <summary>Checks the data annotations of option records, inner records included.</summary>
internal static class OptionsValidation
{
    /// <summary>Throws at the first value that is out of its range.</summary>
    /// <param name="options">The record.</param>
    /// <param name="where">From a field's path to the prefix of an error.</param>
    public static void Validate(object options, Func<string, string> where) => Validate(options, string.Empty, where);

    private static void Validate(object options, string path, Func<string, string> where)
    {
        List<ValidationResult> results = [];
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            ValidationResult first = results[0];
            string name = JsonNamingPolicy.CamelCase.ConvertName(first.MemberNames.FirstOrDefault() ?? string.Empty);
            string field = path.Length == 0 ? name : $"{path}.{name}";
            throw new UserException($"{where(field)} {first.ErrorMessage}");
        }

        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetMethod is null || !MayHoldOptions(property.PropertyType))
            {
                continue;
            }

            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            string inner = path.Length == 0 ? name : $"{path}.{name}";
            switch (property.GetValue(options))
            {
                case null or string:
                    break;
                case IEnumerable items:
                    int i = 0;
                    foreach (object? item in items)
                    {
                        if (item is not (null or IEnumerable) && MayHoldOptions(item.GetType()))
                        {
                            Validate(item, $"{inner}[{i}]", where);
                        }

                        i++;
                    }

                    break;
                case object value when MayHoldOptions(value.GetType()):
                    Validate(value, inner, where);
                    break;
            }
        }
    }

    /// <summary>Records of ours and lists; not enums, and nothing of the framework (numbers, texts, addresses).</summary>
    private static bool MayHoldOptions(Type type) =>
        typeof(IEnumerable).IsAssignableFrom(type) || (!type.IsEnum && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true);
}
