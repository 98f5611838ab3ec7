# Devise's own columns, as its generator's migration writes them, and users by its model. Called by `fill`.
#
# The table `users` has what `rails generate devise User` switches on; `members` has all modules and a pepper.
require "active_record"
require "active_support/all"
require "devise"
require "devise/orm/active_record"
require "devise/version"

PASSWORD = "correct horse battery staple"
PEPPER = "a pepper for tests"

ActiveRecord::Base.establish_connection(ARGV[0].sub("mysql://", "mysql2://").sub("sqlite://", "sqlite3:"))
ActiveRecord::Migration.verbose = false
# What Devise's Rails engine does at its start.
keys = ActiveSupport::CachingKeyGenerator.new(ActiveSupport::KeyGenerator.new("not-a-secret-of-anybody"))
Devise.token_generator = Devise::TokenGenerator.new(keys)

# What is active in the migration, and what its comments offer.
def devise_columns(table, all:)
  table.string :email, null: false, default: ""
  table.string :encrypted_password, null: false, default: ""
  table.string :reset_password_token
  table.datetime :reset_password_sent_at
  table.datetime :remember_created_at
  if all
    table.integer :sign_in_count, default: 0, null: false
    table.datetime :current_sign_in_at
    table.datetime :last_sign_in_at
    table.string :current_sign_in_ip
    table.string :last_sign_in_ip
    table.string :confirmation_token
    table.datetime :confirmed_at
    table.datetime :confirmation_sent_at
    table.string :unconfirmed_email
    table.integer :failed_attempts, default: 0, null: false
    table.string :unlock_token
    table.datetime :locked_at
  end
  table.timestamps null: false
end

class DeviseCreateUsers < ActiveRecord::Migration[6.1]
  def change
    create_table(:users) { |t| devise_columns(t, all: false) }
    create_table(:members) { |t| devise_columns(t, all: true) }
    [:users, :members].each do |table|
      add_index table, :email, unique: true
      add_index table, :reset_password_token, unique: true
    end
    add_index :members, :confirmation_token, unique: true
    add_index :members, :unlock_token, unique: true
  end
end
DeviseCreateUsers.new.migrate(:up)

class User < ActiveRecord::Base
  extend Devise::Models
  devise :database_authenticatable, :recoverable, :rememberable
end

class Member < ActiveRecord::Base
  extend Devise::Models
  devise :database_authenticatable, :recoverable, :rememberable, :trackable, :confirmable, :lockable, pepper: PEPPER
  def send_devise_notification(*) = nil
end

# Devise writes addresses in lower case and without blanks at the ends.
User.create!(email: " Ada@Example.COM ", password: PASSWORD)
User.create!(email: "grace@example.com", password: PASSWORD)
User.create!(email: "margaret@example.com") # came through a provider: no password

Member.create!(email: "ada@example.com", password: PASSWORD, confirmed_at: Time.utc(2024, 5, 1))
Member.create!(email: "grace@example.com", password: PASSWORD) # not confirmed yet
Member.create!(email: "mallory@example.com", password: PASSWORD, confirmed_at: Time.utc(2024, 5, 1)).lock_access!
# bcrypt reads 72 bytes; the lock has ended.
Member.create!(email: "barbara@example.com", password: "x" * 80, confirmed_at: Time.utc(2024, 5, 1), locked_at: Time.utc(2024, 5, 2))

puts "Devise #{Devise::VERSION}, Rails #{ActiveRecord.version}"
puts "users members"
